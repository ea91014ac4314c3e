import NIOCore
import Testing

@testable import Streaming

/// WebSocket frames: RFC 6455's own examples, any cut of them, and what is no frame.
struct WebSocketFrameTests {
    private static let hello = Array("Hello".utf8)

    /// Section 5.7.
    @Test(arguments: [
        ("81 05 48656c6c6f", WebSocketOpcode.text, hello, UInt32?.none, true),
        ("81 85 37fa213d 7f9f4d5158", .text, hello, 0x37fa_213d, true),
        ("01 03 48656c", .text, Array("Hel".utf8), nil, false),
        ("80 02 6c6f", .continuation, Array("lo".utf8), nil, true),
        ("89 05 48656c6c6f", .ping, hello, nil, true),
        ("8a 85 37fa213d 7f9f4d5158", .pong, hello, 0x37fa_213d, true),
        ("88 02 03e8", .close, [0x03, 0xe8], nil, true),
    ])
    func `the examples of the RFC`(
        bytes: String,
        opcode: WebSocketOpcode,
        payload: [UInt8],
        mask: UInt32?,
        isFinal: Bool
    ) throws {
        let mask = mask.map(WebSocketMask.init)
        #expect(
            WebSocketFrameEncoder.encode(opcode, payload, isFinal: isFinal, mask: mask) == ByteBuffer(bytes: hex(bytes))
        )
        var decoder = WebSocketFrameDecoder(sender: mask == nil ? .server : .client, frameLimit: 1_024)
        decoder.append(ByteBuffer(bytes: hex(bytes)))
        let expected: WebSocketFrame =
            opcode.isControl
            ? .control(opcode, ByteBuffer(bytes: payload))
            : .data(opcode, ByteBuffer(bytes: payload), startsFrame: true, endsFrame: true, isFinal: isFinal)
        #expect(try decoder.next() == expected)
        #expect(!decoder.isInsideFrame)
    }

    @Test(arguments: [
        (125, "827d"), (126, "827e007e"), (256, "827e0100"), (65_535, "827effff"), (65_536, "827f0000000000010000"),
    ])
    func `lengths are written in the fewest bytes`(length: Int, header: String) {
        let bytes = WebSocketFrameEncoder.encode(.binary, [UInt8](repeating: 7, count: length), mask: nil)
        #expect(Array(bytes.readableBytesView.prefix(hex(header).count)) == hex(header))
        #expect(bytes.readableBytes == hex(header).count + length)
    }

    @Test(arguments: 0..<300)
    func `any cut of the bytes gives the same frames, masked or not`(seed: Int) throws {
        var random = SplitMix(seed: seed)
        let isMasked = Bool.random(using: &random)
        var frames: [(WebSocketOpcode, [UInt8], Bool)] = []
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let opcode = try #require(
                [WebSocketOpcode.binary, .continuation, .ping, .close].randomElement(using: &random)
            )
            let payload = random.bytes(.random(in: 0...(opcode.isControl ? 125 : 300), using: &random))
            let isFinal = opcode.isControl || Bool.random(using: &random)
            let mask = isMasked ? WebSocketMask(.random(in: .min ... .max, using: &random)) : nil
            frames.append((opcode, payload, isFinal))
            bytes += WebSocketFrameEncoder.encode(opcode, payload, isFinal: isFinal, mask: mask).readableBytesView
        }
        var decoder = WebSocketFrameDecoder(sender: isMasked ? .client : .server, frameLimit: 300)
        var read: [(WebSocketOpcode, [UInt8], Bool)] = []
        for piece in random.cut(bytes) {
            decoder.append(piece)
            while let frame = try decoder.next() {
                switch frame {
                case .control(let opcode, let payload): read.append((opcode, Array(payload.readableBytesView), true))
                case .data(let opcode, let part, let startsFrame, let endsFrame, let isFinal):
                    if startsFrame { read.append((opcode, [], false)) }
                    read[read.count - 1].1 += part.readableBytesView
                    if endsFrame { read[read.count - 1].2 = isFinal }
                }
            }
        }
        #expect(read.map(\.0) == frames.map(\.0))
        #expect(read.map(\.1) == frames.map(\.1))
        #expect(read.map(\.2) == frames.map(\.2))
        #expect(!decoder.isInsideFrame)
    }

    @Test(arguments: [
        ("82 85 37fa213d 7f9f4d5158", StreamingError.Code.protocolViolation),
        ("c2 00", .protocolViolation), ("a2 00", .protocolViolation), ("92 00", .protocolViolation),
        ("83 00", .protocolViolation), ("8b 00", .protocolViolation),
        ("09 00", .protocolViolation), ("89 7e 007e", .protocolViolation), ("08 00", .protocolViolation),
        ("82 7e 0401", .limitExceeded), ("82 7f 7fffffffffffffff", .limitExceeded),
        ("82 7f ffffffffffffffff", .limitExceeded),
    ])
    func `what is no frame is told at once`(bytes: String, expected: StreamingError.Code) {
        var decoder = WebSocketFrameDecoder(sender: .server, frameLimit: 1_024)
        decoder.append(ByteBuffer(bytes: hex(bytes)))
        #expect(code { _ = try decoder.next() } == expected)
    }

    @Test func `an unmasked frame of a client is none`() {
        var decoder = WebSocketFrameDecoder(sender: .client, frameLimit: 1_024)
        decoder.append(ByteBuffer(bytes: hex("82 00")))
        #expect(code { _ = try decoder.next() } == .protocolViolation)
    }
}
