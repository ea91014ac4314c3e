internal import NIOCore

/// Writing the frames that are the relay's own.
extension ByteBuffer {
    mutating func write(_ header: FrameHeader) {
        writeInteger(UInt32(header.length) << 8 | UInt32(header.type.rawValue))
        writeInteger(header.flags)
        writeInteger(header.stream)
    }

    /// DATA without padding; the payload must fit a frame.
    mutating func writeData(_ payload: ByteBuffer, endStream: Bool, stream: UInt32) {
        let flags = endStream ? FrameHeader.Flag.endStream : 0
        write(FrameHeader(.data, length: payload.readableBytes, flags: flags, stream: stream))
        writeImmutableBuffer(payload)
    }

    /// A whole header block, in HEADERS and as many CONTINUATION frames as the receiver's frame size asks for.
    ///
    /// - Parameter prefix: what stands before the block in its first frame: a priority, or a promised stream.
    mutating func writeBlock(
        _ block: ByteBuffer,
        type: FrameType = .headers,
        flags: UInt8,
        prefix: ByteBuffer = ByteBuffer(),
        stream: UInt32,
        maxFrameSize: Int
    ) {
        var rest = block
        let room = max(1, maxFrameSize - prefix.readableBytes)
        var part = rest.readSlice(length: min(room, rest.readableBytes)) ?? ByteBuffer()
        let last = FrameHeader.Flag.endHeaders
        write(
            FrameHeader(
                type,
                length: prefix.readableBytes + part.readableBytes,
                flags: flags & ~last | (rest.readableBytes == 0 ? last : 0),
                stream: stream
            )
        )
        writeImmutableBuffer(prefix)
        writeImmutableBuffer(part)
        while rest.readableBytes > 0 {
            part = rest.readSlice(length: min(max(1, maxFrameSize), rest.readableBytes)) ?? ByteBuffer()
            let flags = rest.readableBytes == 0 ? last : 0
            write(FrameHeader(.continuation, length: part.readableBytes, flags: flags, stream: stream))
            writeImmutableBuffer(part)
        }
    }

    mutating func writeReset(_ code: UInt32, stream: UInt32) {
        write(FrameHeader(.reset, length: 4, stream: stream))
        writeInteger(code)
    }

    /// The increment must be positive; one beyond the largest legal one is split.
    mutating func writeWindowUpdate(_ increment: Int, stream: UInt32) {
        var rest = increment
        while rest > 0 {
            let part = min(rest, 0x7fff_ffff)
            write(FrameHeader(.windowUpdate, length: 4, stream: stream))
            writeInteger(UInt32(part))
            rest -= part
        }
    }

    mutating func writePingAck(_ payload: ByteBuffer) {
        write(FrameHeader(.ping, length: 8, flags: FrameHeader.Flag.ack, stream: 0))
        writeImmutableBuffer(payload)
    }

    mutating func writeGoAway(last: UInt32, code: UInt32) {
        write(FrameHeader(.goAway, length: 8, stream: 0))
        writeInteger(last)
        writeInteger(code)
    }

    mutating func writeSettings(_ settings: [(UInt16, UInt32)]) {
        write(FrameHeader(.settings, length: 6 * settings.count, stream: 0))
        for (name, value) in settings {
            writeInteger(name)
            writeInteger(value)
        }
    }
}
