import FaultModel
import NIOCore
import Synchronization
import Testing

@testable import FaultProxy

/// Keeps what it hears.
final class Recorder: LinkObserver {
    private let state = Mutex<[CallRecord]>([])
    var records: [CallRecord] { state.withLock { $0 } }
    func callEnded(_ record: CallRecord) { state.withLock { $0.append(record) } }
}

struct CallRecordTests {
    private let recorder = Recorder()

    private func link(_ steps: (Direction, [UInt8])...) -> RelayLink {
        let link = RelayLink(observer: recorder)
        link.receive(ByteBuffer(bytes: Wire.preface + Wire.settings()), .request, at: 0)
        for (time, step) in steps.enumerated() {
            link.receive(ByteBuffer(bytes: step.1), step.0, at: UInt64(time))
        }
        return link
    }

    @Test func `An answered call is told with its path, its times and its status`() {
        let link = link(
            (.request, Wire.headers(Wire.request("Version"), stream: 1)),
            (.request, Wire.data([0, 0, 0, 0, 0], stream: 1, end: true)),
            (.response, Wire.headers(Wire.responseHeaders, stream: 1) + Wire.data([0, 0, 0, 0, 0], stream: 1)),
            (.response, Wire.headers(Wire.trailers(5), stream: 1, end: true))
        )
        #expect(
            recorder.records.map { String(decoding: $0.path, as: UTF8.self) } == ["/runtime.v1.RuntimeService/Version"]
        )
        #expect(recorder.records.map(\.ending) == [.answered(status: 5)])
        #expect(recorder.records.map { [$0.began, $0.ended] } == [[0, 3]])
        #expect(link.calls.isEmpty)
    }

    @Test func `Resets and lost connections are told as what they are`() {
        let link = link(
            (.request, Wire.headers(Wire.request("A"), stream: 1)),
            (.request, Wire.headers(Wire.request("B"), stream: 3)),
            (.request, Wire.headers(Wire.request("C"), stream: 5)),
            (.request, Wire.reset(8, stream: 1)),
            (.response, Wire.reset(7, stream: 3)),
            (.response, Wire.reset(7, stream: 3))
        )
        link.close(at: 9)
        #expect(recorder.records.map(\.ending) == [.clientReset(8), .runtimeReset(7), .lost])
    }

    @Test func `A stream that ends without trailers has no status`() {
        _ = link(
            (.request, Wire.headers(Wire.request("A"), stream: 1)),
            (.response, Wire.headers(Wire.responseHeaders, stream: 1) + Wire.data([1], stream: 1, end: true))
        )
        #expect(recorder.records.map(\.ending) == [.answered(status: nil)])
    }
}
