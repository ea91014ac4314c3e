import NIOCore
import SeededRandom
import Testing

@testable import FaultProxy

struct FrameTests {
    @Test func `A header is read as it was written`() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let header = FrameHeader(
                FrameType(rawValue: UInt8.random(in: 0...255, using: &generator)),
                length: Int.random(in: 0..<1 << 24, using: &generator),
                flags: UInt8.random(in: 0...255, using: &generator),
                stream: UInt32.random(in: 0..<1 << 31, using: &generator)
            )
            var buffer = ByteBuffer(bytes: [0xaa])
            buffer.write(header)
            #expect(buffer.readableBytes == 10)
            #expect(FrameHeader(buffer, at: 1) == header)
            #expect(FrameHeader(buffer, at: 2) == nil)
        }
    }

    @Test func `The reserved bit of a stream means nothing`() {
        let buffer = ByteBuffer(bytes: [0, 0, 5, 1, 4, 0x80, 0, 0, 7])
        #expect(FrameHeader(buffer, at: 0) == FrameHeader(.headers, length: 5, flags: 4, stream: 7))
    }

    @Test func `A block is split at the receiver's frame size and keeps its priority in the first frame`() {
        var buffer = ByteBuffer()
        buffer.writeBlock(
            ByteBuffer(repeating: 7, count: 100),
            flags: 0x21,
            prefix: ByteBuffer(bytes: [1, 2, 3, 4, 5]),
            stream: 3,
            maxFrameSize: 40
        )
        var frames: [FrameHeader] = []
        while let header = FrameHeader(buffer, at: buffer.readerIndex) {
            frames.append(header)
            buffer.moveReaderIndex(forwardBy: FrameHeader.size + header.length)
        }
        #expect(
            frames == [
                FrameHeader(.headers, length: 40, flags: 0x21, stream: 3),
                FrameHeader(.continuation, length: 40, flags: 0, stream: 3),
                FrameHeader(.continuation, length: 25, flags: 4, stream: 3),
            ]
        )
    }

    @Test func `An empty block is still a frame`() {
        var buffer = ByteBuffer()
        buffer.writeBlock(ByteBuffer(), flags: 1, stream: 3, maxFrameSize: 16_384)
        #expect(FrameHeader(buffer, at: 0) == FrameHeader(.headers, length: 0, flags: 5, stream: 3))
    }

    @Test func `Credit beyond one frame's worth goes in several`() {
        var buffer = ByteBuffer()
        buffer.writeWindowUpdate(0x8000_0000, stream: 0)
        buffer.writeWindowUpdate(0, stream: 0)
        #expect(buffer.readableBytes == 26)
    }

    @Test func `Settings that RFC 9113 forbids are left out`() {
        var settings = PeerSettings()
        settings.apply(
            ByteBuffer(bytes: Wire.settings([(4, 0x8000_0000), (5, 1), (3, 7), (99, 1), (1, 0)]).dropFirst(9))
        )
        #expect(settings == PeerSettings(headerTableSize: 0, maxConcurrentStreams: 7))
        settings.apply(ByteBuffer(bytes: [0, 4, 0, 0]))
        #expect(settings.initialWindowSize == 65_535)
    }
}
