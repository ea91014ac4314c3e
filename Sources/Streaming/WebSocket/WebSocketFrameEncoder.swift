internal import NIOCore

/// Writes WebSocket frames (RFC 6455 section 5.2).
enum WebSocketFrameEncoder {
    /// The bytes of one frame.
    ///
    /// - Parameter mask: what a client must mask its payload with; `nil` for a server.
    static func encode(
        _ opcode: WebSocketOpcode,
        _ payload: [UInt8],
        isFinal: Bool = true,
        mask: WebSocketMask?
    ) -> ByteBuffer {
        var out = ByteBuffer()
        out.reserveCapacity(payload.count + 14)
        out.writeInteger((isFinal ? 0x80 : 0) | opcode.rawValue)
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        switch payload.count {
        case ...125: out.writeInteger(maskBit | UInt8(payload.count))
        case ...0xffff:
            out.writeInteger(maskBit | 126)
            out.writeInteger(UInt16(payload.count))
        default:
            out.writeInteger(maskBit | 127)
            out.writeInteger(UInt64(payload.count))
        }
        guard let mask else {
            out.writeBytes(payload)
            return out
        }
        out.writeInteger(mask.bytes)
        var masked = payload
        mask.apply(to: &masked)
        out.writeBytes(masked)
        return out
    }
}
