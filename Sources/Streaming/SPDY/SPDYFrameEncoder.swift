internal import NIOCore

/// Writes SPDY/3.1 frames.
enum SPDYFrameEncoder {
    /// The bytes of a frame. A payload longer than 16 MiB - 1 does not fit into one and must be cut before.
    static func encode(_ frame: SPDYFrame) -> ByteBuffer {
        switch frame {
        case .data(let id, let bytes, let isFinal):
            var out = ByteBuffer()
            out.reserveCapacity(SPDYFrame.headerLength + bytes.readableBytes)
            out.writeInteger(id & SPDYFrame.idMask)
            out.writeInteger(word(isFinal ? .fin : [], bytes.readableBytes))
            out.writeImmutableBuffer(bytes)
            return out
        case .synStream(let id, let flags, let block):
            // No associated stream, the highest priority, no credential slot.
            return control(.synStream, flags, [id, 0], trailer: [0, 0], block)
        case .synReply(let id, let flags, let block): return control(.synReply, flags, [id], block)
        case .headers(let id, let flags, let block): return control(.headers, flags, [id], block)
        case .rstStream(let id, let status): return control(.rstStream, [], [id, status.rawValue])
        case .ping(let id): return control(.ping, [], [id])
        case .goAway(let lastGood, let status): return control(.goAway, [], [lastGood, status])
        case .windowUpdate(let id, let delta): return control(.windowUpdate, [], [id, delta])
        case .settings(let settings):
            return control(.settings, [], [UInt32(settings.count)] + settings.flatMap { [$0.key, $0.value] })
        case .unknown(let type): return control(type, [], [])
        }
    }

    private static func control(
        _ kind: SPDYFrame.Kind,
        _ flags: SPDYFlags,
        _ words: [UInt32],
        trailer: [UInt8] = [],
        _ block: ByteBuffer = ByteBuffer()
    ) -> ByteBuffer {
        control(kind.rawValue, flags, words, trailer: trailer, block)
    }

    private static func control(
        _ type: UInt16,
        _ flags: SPDYFlags,
        _ words: [UInt32],
        trailer: [UInt8] = [],
        _ block: ByteBuffer = ByteBuffer()
    ) -> ByteBuffer {
        let length = words.count * 4 + trailer.count + block.readableBytes
        var out = ByteBuffer()
        out.reserveCapacity(SPDYFrame.headerLength + length)
        out.writeInteger(SPDYFrame.version | 0x8000)
        out.writeInteger(type)
        out.writeInteger(word(flags, length))
        for word in words { out.writeInteger(word) }
        out.writeBytes(trailer)
        out.writeImmutableBuffer(block)
        return out
    }

    private static func word(_ flags: SPDYFlags, _ length: Int) -> UInt32 {
        UInt32(flags.rawValue) << 24 | UInt32(truncatingIfNeeded: length) & SPDYFrame.lengthMask
    }
}
