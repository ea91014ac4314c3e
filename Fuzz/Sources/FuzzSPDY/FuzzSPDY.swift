internal import CFuzzer
internal import FuzzSupport
internal import NIOCore

@testable internal import Streaming

/// A SPDY server's bytes after the upgrade, for a client with three streams; in every mode cut differently.
///
/// However the bytes are cut, they must mean the same, and no more payload may come out than went in. Modes 254 and 255
/// read the rest as one header block, compressed and plain.
private func run(_ input: FuzzInput) {
    switch input.mode {
    case 255: _ = try? SPDYHeaderBlock.decode(input.bytes)
    case 254:
        guard let decompressor = try? SPDYHeaderDecompressor(limit: 4_096) else { return }
        let block = ByteBuffer(bytes: input.bytes)
        for _ in 0..<2 {
            guard let headers = try? decompressor.decompress(block) else { return }
            let size = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            // Bytes that are no UTF-8 grow threefold when they are replaced.
            require(size <= 3 * 4_096, "a header block grew beyond its limit")
        }
    default:
        let (one, another) = (outcome(input.whole), outcome(input.cut))
        require(one == another, "the cut changes what the bytes mean:\n\(one)\n\(another)")
    }
}

/// What came of the bytes: joined payload by stream, everything else in order, and how it ended.
private struct Outcome: Equatable {
    var payload: [StreamKey: [UInt8]] = [:]
    var events: [CarrierEvent] = []
    var error: StreamingError.Code?
    var isDangling = false
}

private func outcome(_ pieces: [ByteBuffer]) -> Outcome {
    var limits = StreamingLimits()
    limits.controlFrame = 4_096
    limits.headerBlock = 4_096
    limits.serverStreams = 4
    var outcome = Outcome()
    do throws(StreamingError) {
        var session = try SPDYSession(limits: limits)
        for type in ["error", "stdin", "stdout"] { _ = try session.open([SPDYHeader("streamtype", type)]) }
        for piece in pieces {
            session.append(piece)
            while let event = try session.next() {
                if case .data(let key, let bytes, _) = event {
                    require(bytes.readableBytes > 0, "an empty piece, or too long an answer")
                    outcome.payload[key, default: []] += bytes.readableBytesView
                } else {
                    outcome.events.append(event)
                    react(event, &session)
                }
            }
        }
        outcome.isDangling = session.danglingReason != nil
    } catch {
        outcome.error = error.code
    }
    return outcome
}

/// A client that answers what can be answered, so that more states are reached.
private func react(_ event: CarrierEvent, _ session: inout SPDYSession) {
    switch event {
    case .opened(let key): _ = try? session.data([1], on: key)
    case .ended(let key, _): _ = try? session.finish(key)
    case .pong: _ = session.ping()
    case .farewell: _ = try? session.open([])
    default: break
    }
}

/// The program's entry, under the name that SwiftPM gives it: libFuzzer's driver takes over.
@c(FuzzSPDY_main) public func main(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?)
    -> Int32
{
    var (count, arguments) = (count, arguments)
    return LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        run(FuzzInput(data, size))
        return 0
    }
}
