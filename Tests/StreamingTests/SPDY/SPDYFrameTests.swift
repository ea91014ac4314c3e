import NIOCore
import Testing

@testable import Streaming

/// SPDY frames: their bytes, any cut of them, and what is no frame.
struct SPDYFrameTests {
    static let vectors: [(String, SPDYFrame)] = [
        (
            "8003 0001 00 00000d 00000001 00000000 00 00 aabbcc",
            .synStream(id: 1, flags: [], block: ByteBuffer(bytes: [0xaa, 0xbb, 0xcc]))
        ),
        ("8003 0002 01 000005 00000001 dd", .synReply(id: 1, flags: .fin, block: ByteBuffer(bytes: [0xdd]))),
        ("8003 0003 00 000008 00000003 00000005", .rstStream(id: 3, status: .cancel)),
        ("8003 0004 00 00000c 00000001 01000004 00000064", .settings([SPDYSetting(key: 0x0100_0004, value: 100)])),
        ("8003 0006 00 000004 00000002", .ping(2)),
        ("8003 0007 00 000008 00000005 00000001", .goAway(lastGood: 5, status: 1)),
        ("8003 0008 01 000004 00000007", .headers(id: 7, flags: .fin, block: ByteBuffer())),
        ("8003 0009 00 000008 00000000 00010000", .windowUpdate(id: 0, delta: 65_536)),
        ("8003 000a 00 000000", .unknown(type: 10)),
        ("00000005 01 000003 616263", .data(id: 5, bytes: ByteBuffer(string: "abc"), isFinal: true)),
        ("00000005 00 000000", .data(id: 5, bytes: ByteBuffer(), isFinal: false)),
    ]

    @Test(arguments: vectors)
    func `a frame is these bytes and no others`(bytes: String, frame: SPDYFrame) throws {
        #expect(SPDYFrameEncoder.encode(frame) == ByteBuffer(bytes: hex(bytes)))
        var decoder = SPDYFrameDecoder(controlFrameLimit: 1_024)
        decoder.append(ByteBuffer(bytes: hex(bytes)))
        #expect(try decoder.next() == frame)
        #expect(try decoder.next() == nil)
        #expect(!decoder.isInsideFrame)
    }

    @Test(arguments: 0..<300)
    func `any cut of the bytes gives the same frames`(seed: Int) throws {
        var random = SplitMix(seed: seed)
        let frames = (0..<Int.random(in: 0...8, using: &random)).map { _ in randomFrame(&random) }
        let bytes = frames.flatMap { Array(SPDYFrameEncoder.encode($0).readableBytesView) }
        var decoder = SPDYFrameDecoder(controlFrameLimit: 1_024)
        var read: [SPDYFrame] = []
        for piece in random.cut(bytes) {
            decoder.append(piece)
            while let frame = try decoder.next() { read.append(frame) }
        }
        #expect(joined(read) == joined(frames))
        #expect(!decoder.isInsideFrame)
    }

    @Test(arguments: [
        ("8002 0006 00 000004 00000002", StreamingError.Code.protocolViolation),
        ("4854 5450 2f 312e31", .protocolViolation),
        ("00000000 00 000001", .protocolViolation),
        ("8003 0006 00 000005 0000000200", .protocolViolation),
        ("8003 0003 00 000004 00000001", .protocolViolation),
        ("8003 0002 00 000003 000000", .protocolViolation),
        ("8003 0001 00 000008 00000001 00000000", .protocolViolation),
        ("8003 0004 00 00000c 00000002 01000004 00000064", .protocolViolation),
        ("8003 0004 00 000004 ffffffff", .protocolViolation),
        ("8003 0001 00 ffffff", .limitExceeded),
    ])
    func `what is no frame is told at once`(bytes: String, expected: StreamingError.Code) {
        var decoder = SPDYFrameDecoder(controlFrameLimit: 64)
        // Plain text looks like a DATA frame; only its stream can give it away.
        let isText = bytes.hasPrefix("4854")
        decoder.append(ByteBuffer(bytes: hex(bytes)))
        #expect(code { _ = try decoder.next() } == (isText ? nil : expected))
    }

    @Test func `a DATA frame of sixteen megabytes is handed on as it comes`() throws {
        var decoder = SPDYFrameDecoder(controlFrameLimit: 64)
        decoder.append(ByteBuffer(bytes: hex("00000001 01 ffffff aabb")))
        #expect(try decoder.next() == .data(id: 1, bytes: ByteBuffer(bytes: [0xaa, 0xbb]), isFinal: false))
        #expect(try decoder.next() == nil)
        var rest = 0xff_ffff - 2
        while rest > 0 {
            let piece = ByteBuffer(repeating: 1, count: min(rest, 65_536))
            rest -= piece.readableBytes
            decoder.append(piece)
            #expect(try decoder.next() == .data(id: 1, bytes: piece, isFinal: rest == 0))
        }
        #expect(!decoder.isInsideFrame)
    }

    /// The frames with what is adjacent and of one stream joined: a DATA frame may come in pieces.
    private func joined(_ frames: [SPDYFrame]) -> [SPDYFrame] {
        var out: [SPDYFrame] = []
        for frame in frames {
            if case .data(let id, let more, let isFinal) = frame, case .data(id, var whole, false)? = out.last {
                whole.writeImmutableBuffer(more)
                out[out.count - 1] = .data(id: id, bytes: whole, isFinal: isFinal)
            } else {
                out.append(frame)
            }
        }
        return out
    }

    private func randomFrame(_ random: inout SplitMix) -> SPDYFrame {
        let id = UInt32.random(in: 1...SPDYFrame.idMask, using: &random)
        let block = ByteBuffer(bytes: random.bytes(.random(in: 0...60, using: &random)))
        let flags = SPDYFlags(rawValue: .random(in: 0...3, using: &random))
        switch Int.random(in: 0...8, using: &random) {
        case 0: return .synStream(id: id, flags: flags, block: block)
        case 1: return .synReply(id: id, flags: flags, block: block)
        case 2: return .headers(id: id, flags: flags, block: block)
        case 3: return .rstStream(id: id, status: SPDYStatus(rawValue: .random(in: 0...20, using: &random)))
        case 4: return .settings((0..<3).map { SPDYSetting(key: $0, value: id) })
        case 5: return .ping(id)
        case 6: return .goAway(lastGood: id, status: .random(in: 0...3, using: &random))
        case 7: return .windowUpdate(id: id, delta: id)
        default: return .data(id: id, bytes: block, isFinal: Bool.random(using: &random))
        }
    }
}
