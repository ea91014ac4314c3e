import NIOCore
import SeededRandom
import Testing

@testable import FaultProxy

/// The calls of the relay's own: an HTTP/2 client in small.
struct OwnCallTests {
    private static let headers = [HeaderField(":method", "POST"), HeaderField(":path", "/s/M")]

    private static func frames(_ bytes: ByteBuffer) -> [FrameHeader] {
        var bytes = bytes
        if bytes.getBytes(at: bytes.readerIndex, length: 24) == Preface.bytes { bytes.moveReaderIndex(forwardBy: 24) }
        var frames: [FrameHeader] = []
        while let header = FrameHeader(bytes, at: bytes.readerIndex) {
            frames.append(header)
            bytes.moveReaderIndex(forwardBy: FrameHeader.size + header.length)
        }
        return frames
    }

    private static func start(_ message: [UInt8] = []) -> (call: OwnCall, frames: [FrameHeader]) {
        var call = OwnCall(headers: headers, message: ByteBuffer(message: message), keepsAnswer: true)
        let output = call.start()
        return (call, frames(output))
    }

    @Test func `It says who it is, asks, and ends its request`() {
        let (_, frames) = Self.start()
        #expect(frames.map(\.type) == [.settings, .windowUpdate, .headers, .data])
        #expect(frames.last?.endsStream == true)
    }

    @Test func `It keeps the messages and the status, in whatever pieces they come`() {
        var (call, _) = Self.start()
        let bytes =
            Wire.settings() + Wire.headers(Wire.responseHeaders, stream: 1)
            + Wire.data(Wire.message([1, 2]) + Wire.message([3]), stream: 1)
            + Wire.headers(Wire.trailers(5), stream: 1, end: true)
        for byte in bytes { _ = call.receive(ByteBuffer(bytes: [byte])) }
        #expect(call.isOver)
        #expect(call.status == 5)
        #expect(call.messages.map(\.messageBytes) == [[1, 2], [3]])
    }

    @Test func `It acknowledges settings and pings and gives credit for what it got`() {
        var (call, _) = Self.start()
        let output = call.receive(
            ByteBuffer(bytes: Wire.settings() + Wire.ping() + Wire.data(Wire.message([1]), stream: 1))
        )
        #expect(Self.frames(output).map(\.type) == [.settings, .ping, .windowUpdate, .windowUpdate])
    }

    @Test func `A large message keeps within the runtime's windows`() {
        var (call, frames) = Self.start(Array(repeating: 0, count: 200_000))
        var sent = frames.filter { $0.type == .data }.map(\.length)
        #expect(sent.reduce(0, +) == 65_535)
        for _ in 0..<3 {
            let output = call.receive(
                ByteBuffer(bytes: Wire.windowUpdate(65_535) + Wire.windowUpdate(65_535, stream: 1))
            )
            sent += Self.frames(output).map(\.length)
        }
        #expect(sent.reduce(0, +) == 200_005)
        #expect(sent.allSatisfy { $0 <= 16_384 })
    }

    @Test(arguments: [
        Wire.reset(8, stream: 1), Wire.goAway(last: 0), Wire.frame(.headers, flags: 4, stream: 1, [0xff]),
    ])
    func `It ends with what makes an end of it`(bytes: [UInt8]) {
        var (call, _) = Self.start()
        _ = call.receive(ByteBuffer(bytes: bytes))
        #expect(call.isOver)
        #expect(call.status == nil)
    }

    @Test func `Any bytes at all are taken`() {
        var generator = SeededGenerator(seed: 4)
        let good =
            Wire.settings([(4, 10)]) + Wire.headers(Wire.responseHeaders, stream: 1)
            + Wire.data(Wire.message([1, 2]), stream: 1) + Wire.headers(Wire.trailers(), stream: 1, end: true)
        for _ in 0..<3000 {
            var (call, _) = Self.start()
            _ = call.receive(ByteBuffer(bytes: generator.mutate(good)))
        }
    }
}
