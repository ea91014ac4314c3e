internal import CFuzzer
internal import FuzzSupport
internal import NIOCore

@testable internal import Streaming

/// A server's WebSocket bytes after the upgrade, for each layout of channels.
///
/// However the bytes are cut, they must mean the same.
private func run(_ input: FuzzInput) {
    let layouts: [WebSocketChannels.Layout] = [
        .remoteCommand(hasClose: false), .remoteCommand(hasClose: true), .portForward([80, 0x1f90]),
    ]
    let layout = layouts[Int(input.mode) % layouts.count]
    let (one, another) = (outcome(layout, input.whole), outcome(layout, input.cut))
    require(one == another, "the cut changes what the bytes mean:\n\(one)\n\(another)")
}

/// What came of the bytes: joined payload by channel, everything else in order, and how it ended.
private struct Outcome: Equatable {
    var payload: [StreamKey: [UInt8]] = [:]
    var messages: [StreamKey: Int] = [:]
    var ends: [CarrierEvent] = []
    var answers = 0
    var error: StreamingError.Code?
    var isDangling = false
}

private func outcome(_ layout: WebSocketChannels.Layout, _ pieces: [ByteBuffer]) -> Outcome {
    var limits = StreamingLimits()
    limits.webSocketFrame = 1_024
    limits.emptyFragments = 3
    var session = WebSocketSession(layout, limits: limits)
    var outcome = Outcome()
    do throws(StreamingError) {
        for piece in pieces {
            session.append(piece)
            while let event = try session.next() { note(event, &outcome, &session) }
        }
        outcome.isDangling = session.danglingReason != nil
    } catch {
        outcome.error = error.code
    }
    return outcome
}

private func note(_ event: CarrierEvent, _ outcome: inout Outcome, _ session: inout WebSocketSession) {
    switch event {
    case .data(let key, let bytes, let endsMessage):
        outcome.payload[key, default: []] += bytes.readableBytesView
        guard endsMessage else { return }
        outcome.messages[key, default: 0] += 1
        // A few are enough: for the mask of each frame the kernel is asked.
        if outcome.messages[key, default: 0] <= 4 { _ = try? session.data([1], on: StreamKey(0)) }
    case .answer(let bytes, _):
        // Its mask is random.
        require(bytes.readableBytes <= 6 + WebSocketFrame.controlLimit, "an empty piece, or too long an answer")
        outcome.answers += 1
    default:
        outcome.ends.append(event)
        _ = try? session.finish(StreamKey(0))
        _ = session.ping()
        _ = session.farewell()
    }
}

/// The program's entry, under the name that SwiftPM gives it: libFuzzer's driver takes over.
@c(FuzzWebSocket_main) public func main(
    _ count: Int32,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
    var (count, arguments) = (count, arguments)
    return LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        run(FuzzInput(data, size))
        return 0
    }
}
