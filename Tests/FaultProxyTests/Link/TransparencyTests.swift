import FaultModel
import NIOCore
import SeededRandom
import Testing

@testable import FaultProxy

/// A link without rules, and what it let through.
private struct Pipe {
    let link = RelayLink()
    var toRuntime: [UInt8] = []
    var toClient: [UInt8] = []

    mutating func feed(_ bytes: [UInt8], _ direction: Direction) {
        link.receive(ByteBuffer(bytes: bytes), direction, at: 0)
        link.request.output.drain { toRuntime += Array($0.readableBytesView) }
        link.response.output.drain { toClient += Array($0.readableBytesView) }
    }
}

/// relay-contract 13: with no live rule the relay is byte-transparent, whatever comes and in whatever pieces.
struct TransparencyTests {
    /// The bytes of one end of a lively connection.
    private static func conversation(_ generator: inout SeededGenerator, _ direction: Direction) -> [UInt8] {
        var bytes = direction == .request ? Wire.preface : []
        bytes += Wire.settings([(4, 1 << 20)])
        for index in 0..<30 as Range<UInt32> {
            let stream = 2 * index + 1
            switch Int.random(in: 0..<9, using: &generator) {
            case 0: bytes += Wire.ping(ack: generator.oneIn(2))
            case 1: bytes += Wire.windowUpdate(UInt32.random(in: 1...9999, using: &generator), stream: stream)
            case 2: bytes += Wire.reset(8, stream: stream)
            case 3: bytes += Wire.settings([(1, 0), (5, 20_000)]) + Wire.settings(ack: true)
            case 4: bytes += Wire.frame(FrameType(rawValue: 0x77), flags: 0xff, stream: stream, [1, 2, 3])
            case 5:
                // A block in three frames, padded and with a priority.
                let block = Wire.literals(Wire.request("Version"))
                bytes += Wire.frame(.headers, flags: 0x28, stream: stream, [2, 0, 0, 0, 0, 9] + block[..<10] + [0, 0])
                bytes += Wire.frame(.continuation, stream: stream, Array(block[10..<20]))
                bytes += Wire.frame(.continuation, flags: 4, stream: stream, Array(block[20...]))
            default:
                bytes += Wire.headers(Wire.request("Version"), stream: stream)
                let count = generator.oneIn(5) ? Int.random(in: 0...40_000, using: &generator) : 50
                bytes += Wire.data(Array(repeating: 7, count: count), stream: stream, end: true)
            }
        }
        return bytes + Wire.goAway(last: 61)
    }

    /// The bytes in pieces of any size.
    private static func pieces(of bytes: [UInt8], _ generator: inout SeededGenerator) -> [[UInt8]] {
        var rest = bytes[...]
        var pieces: [[UInt8]] = []
        while !rest.isEmpty {
            let size =
                generator.oneIn(3)
                ? Int.random(in: 1...12, using: &generator) : Int.random(in: 1...9000, using: &generator)
            pieces.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return pieces
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `What goes in comes out, both ways, in order and cut anywhere`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let request = Self.conversation(&generator, .request)
        let response = Self.conversation(&generator, .response)
        var requestPieces = Self.pieces(of: request, &generator)
        var responsePieces = Self.pieces(of: response, &generator)
        var pipe = Pipe()
        while !requestPieces.isEmpty || !responsePieces.isEmpty {
            if responsePieces.isEmpty || (!requestPieces.isEmpty && generator.oneIn(2)) {
                pipe.feed(requestPieces.removeFirst(), .request)
            } else {
                pipe.feed(responsePieces.removeFirst(), .response)
            }
        }
        #expect(pipe.toRuntime == request)
        #expect(pipe.toClient == response)
        #expect(pipe.link.mode == .http2)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `Broken frames pass too: judging them is for who receives them`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = Wire.preface + generator.mutate(Array(Self.conversation(&generator, .request).dropFirst(24)))
        var pipe = Pipe()
        for piece in Self.pieces(of: bytes, &generator) { pipe.feed(piece, .request) }
        // What is less than a frame at the end may still be held.
        #expect(bytes.starts(with: pipe.toRuntime))
        #expect(bytes.count - pipe.toRuntime.count <= RelayLink.controlFrameLimit + FrameHeader.size)
    }

    @Test func `A frame's beginning does not wait for its end`() {
        var pipe = Pipe()
        pipe.feed(Wire.preface + Wire.settings(), .request)
        let frame = Wire.data(Array(repeating: 1, count: 10_000), stream: 1)
        pipe.feed(Array(frame.prefix(3000)), .request)
        #expect(pipe.toRuntime.count == 24 + 9 + 3000)
    }

    @Test func `A run of frames leaves in the buffer it came in`() {
        let link = RelayLink()
        link.receive(ByteBuffer(bytes: Wire.preface + Wire.settings()), .request, at: 0)
        link.request.output.drain { _ in }
        let bytes = Wire.headers(Wire.request("Version"), stream: 1) + Wire.data([0, 0, 0, 0, 0], stream: 1, end: true)
        let buffer = ByteBuffer(bytes: bytes)
        let address = buffer.withUnsafeReadableBytes { $0.baseAddress }
        link.receive(buffer, .request, at: 0)
        var chunks: [UnsafeRawPointer?] = []
        link.request.output.drain { chunks.append($0.withUnsafeReadableBytes { $0.baseAddress }) }
        #expect(chunks == [address])
    }
}

/// relay-contract 2: the preface.
struct PrefaceTests {
    @Test func `The preface is known in any pieces, and every byte passes at once`() {
        var pipe = Pipe()
        for (index, byte) in Wire.preface.enumerated() {
            #expect(pipe.link.mode == .undecided)
            pipe.feed([byte], .request)
            #expect(pipe.toRuntime.count == index + 1)
        }
        #expect(pipe.link.mode == .http2)
    }

    @Test(arguments: [
        "POST /x HTTP/1.1\r\n\r\n", "GET /info HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\rX", "\u{16}",
    ])
    func `Anything else is copied both ways for the life of the connection`(text: String) {
        var pipe = Pipe()
        for byte in text.utf8 { pipe.feed([byte], .request) }
        #expect(pipe.link.mode == .bytes)
        #expect(pipe.toRuntime == Array(text.utf8))
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".utf8)
        for byte in answer { pipe.feed([byte], .response) }
        #expect(pipe.toClient == answer)
        pipe.feed(Wire.preface, .request)
        #expect(pipe.link.mode == .bytes)
    }

    @Test func `A runtime that speaks before the decision is heard, and its settings count`() {
        var pipe = Pipe()
        pipe.feed(Wire.settings([(4, 1000)]), .response)
        #expect(pipe.toClient == Wire.settings([(4, 1000)]))
        pipe.feed(Wire.preface, .request)
        #expect(pipe.link.request.receiver.initialWindowSize == 1000)
    }

    @Test func `A runtime that answers a preface with text is copied as well`() {
        var pipe = Pipe()
        pipe.feed(Wire.preface, .request)
        let text = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
        for byte in text { pipe.feed([byte], .response) }
        #expect(pipe.toClient == text)
    }
}
