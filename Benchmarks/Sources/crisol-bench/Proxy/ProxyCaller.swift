import Foundation

/// The client of the measurements: calls on one connection, one at a time or so many at once, every answer checked byte
/// by byte.
final class ProxyCaller {
    private static let path = "/runtime.v1.RuntimeService/Version"
    private static let listPath = "/runtime.v1.RuntimeService/ListContainers"
    /// What grpc-go's estimator ends up with on a fast link.
    private static let window = 1 << 20

    private let socket: FrameSocket
    private var stream: UInt32 = 1
    private var isFirst = true
    private var unreturned = 0
    private var answers: [UInt32: Answer] = [:]
    private var noise: UInt64 = 0x9e37_79b9_7f4a_7c15

    private struct Answer {
        let message: [UInt8]
        var received = 0
        var hasHeaders = false
    }

    init(_ path: String) throws {
        socket = try FrameSocket(connectingTo: path)
        socket.write(FrameSocket.preface)
        let size = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: Self.window >> $0) }
        socket.write(4, 0, 0, [0, 4] + size)
        socket.writeWindowUpdate(Self.window, stream: 0)
    }

    /// One call, and its answer.
    func call() throws { try calls(1, atOnce: 1) }

    /// So many calls, so many of them at once.
    func calls(_ count: Int, atOnce: Int) throws {
        var (begun, ended) = (0, 0)
        while ended < count {
            while begun < count, answers.count < atOnce {
                begin()
                begun += 1
            }
            repeat { if try takeFrame() { ended += 1 } } while socket.hasFrame
        }
    }

    private func begin() {
        let message = nextMessage()
        let block = isFirst ? HeaderBlocks.firstRequest(path: Self.path) : HeaderBlocks.laterRequest
        socket.write(1, 4, stream, block)
        socket.write(0, 1, stream, message)
        answers[stream] = Answer(message: message)
        stream += 2
        isFirst = false
    }

    /// A gRPC message of 5 to 260 bytes that no other call has.
    private func nextMessage() -> [UInt8] {
        noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let length = 8 + Int(noise >> 56)
        var message: [UInt8] = [0, 0, 0, UInt8(length >> 8), UInt8(length & 255)]
        message.reserveCapacity(5 + length)
        for index in 0..<length {
            message.append(
                UInt8(truncatingIfNeeded: noise >> UInt64(index % 8 * 8)) &+ UInt8(truncatingIfNeeded: index)
            )
        }
        return message
    }

    /// Takes a frame. Returns whether it ended a call.
    private func takeFrame() throws -> Bool {
        guard let frame = try socket.next() else { throw BenchError("the connection was closed") }
        switch frame.type {
        case 0:
            guard var answer = answers[frame.stream] else { throw BenchError("data on stream \(frame.stream)") }
            let end = answer.received + frame.payload.count
            guard end <= answer.message.count,
                answer.message[answer.received..<end].elementsEqual(socket.buffer[frame.payload])
            else { throw BenchError("a wrong byte on stream \(frame.stream)") }
            answer.received = end
            answers[frame.stream] = answer
            returnCredit(frame.payload.count)
            return false
        case 1:
            guard let answer = answers[frame.stream] else { throw BenchError("headers on stream \(frame.stream)") }
            guard frame.flags & 1 != 0 else {
                answers[frame.stream]?.hasHeaders = true
                return false
            }
            guard answer.hasHeaders, answer.received == answer.message.count else {
                throw BenchError(
                    "stream \(frame.stream) ended after \(answer.received) bytes of \(answer.message.count)"
                )
            }
            answers[frame.stream] = nil
            return true
        case 3, 7: throw BenchError("stream \(frame.stream) was reset, or the connection is going away")
        default:
            _ = socket.answerHousekeeping(frame)
            return false
        }
    }

    private func returnCredit(_ count: Int) {
        unreturned += count
        guard unreturned >= 64 << 10 else { return }
        socket.writeWindowUpdate(unreturned, stream: 0)
        unreturned = 0
    }

    /// One call that is answered with so many bytes, each of them checked.
    func largeAnswer(_ count: Int) throws {
        let message =
            EchoRuntimeCommand.sizeMark
            + stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: count >> $0) }
        socket.write(1, 4, stream, isFirst ? HeaderBlocks.firstRequest(path: Self.listPath) : HeaderBlocks.laterRequest)
        socket.write(0, 1, stream, [0, 0, 0, 0, UInt8(message.count)] + message)
        isFirst = false
        var offset = -5
        while true {
            guard let frame = try socket.next() else { throw BenchError("the connection was closed") }
            if frame.type == 0, frame.stream == stream {
                for byte in socket.buffer[frame.payload] {
                    if offset >= 0, byte != EchoRuntimeCommand.byte(at: offset) {
                        throw BenchError("a wrong byte at \(offset)")
                    }
                    offset += 1
                }
                socket.writeWindowUpdate(frame.payload.count, stream: 0)
                socket.writeWindowUpdate(frame.payload.count, stream: stream)
            } else if frame.type == 1, frame.flags & 1 != 0 {
                break
            } else if frame.type == 3 || frame.type == 7 {
                throw BenchError("the large answer was cut off after \(offset) bytes")
            } else {
                _ = socket.answerHousekeeping(frame)
            }
        }
        guard offset == count else { throw BenchError("\(offset) bytes of \(count)") }
        stream += 2
    }
}
