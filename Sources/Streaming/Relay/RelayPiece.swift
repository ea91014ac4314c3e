internal import NIOCore

/// What a relay makes of the bytes of one direction: each piece knows how it goes on the wire again.
enum RelayPiece {
    /// Passed on as it came.
    case verbatim(ByteBuffer)
    /// A stream is opened; its headers are compressed. Passed on as it came.
    case opening(stream: UInt32, block: ByteBuffer, verbatim: ByteBuffer)
    /// Bytes of a stream or channel.
    case data(stream: UInt32, bytes: ByteBuffer, form: RelayForm)
}

/// How data is framed.
enum RelayForm {
    /// A DATA frame of SPDY, which may end the stream.
    case spdy(ends: Bool)
    /// A message of WebSocket, or a further part of one.
    case webSocket(first: UInt8, startsMessage: Bool, isMasked: Bool)

    /// The frame; nothing for a WebSocket message that became empty, because an empty one has a meaning of its own.
    func frame(stream: UInt32, _ bytes: ByteBuffer, wasEmpty: Bool) -> ByteBuffer {
        var out = ByteBuffer()
        switch self {
        case .spdy(let ends):
            if bytes.readableBytes == 0, !ends, !wasEmpty { return out }
            out.writeInteger(stream)
            out.writeInteger(UInt32(bytes.readableBytes) | (ends ? UInt32(SPDYFlags.fin.rawValue) << 24 : 0))
        case .webSocket(let first, let startsMessage, let isMasked):
            if bytes.readableBytes == 0, startsMessage, !wasEmpty { return out }
            let length = bytes.readableBytes + (startsMessage ? 1 : 0)
            let masked: UInt8 = isMasked ? 0x80 : 0
            out.writeInteger(first)
            switch length {
            case ..<126: out.writeInteger(masked | UInt8(length))
            case ..<65_536:
                out.writeInteger(masked | 126)
                out.writeInteger(UInt16(length))
            default:
                out.writeInteger(masked | 127)
                out.writeInteger(UInt64(length))
            }
            // A mask of zeros leaves the bytes as they are.
            if isMasked { out.writeInteger(UInt32(0)) }
            if startsMessage { out.writeInteger(UInt8(truncatingIfNeeded: stream)) }
        }
        out.writeImmutableBuffer(bytes)
        return out
    }
}

/// Cuts pieces out of the bytes of one direction, however these were cut.
protocol RelayCutter {
    /// The next piece; `nil` when more bytes must come first.
    ///
    /// - Throws: when this is not the protocol it should be.
    mutating func next(_ buffer: inout ByteBuffer) throws(StreamingError) -> RelayPiece?
}

/// SPDY/3.1: DATA frames are handed on piece by piece, control frames whole.
struct SPDYCutter: RelayCutter {
    private static let controlLimit = 1 << 20
    private var open: (stream: UInt32, ends: Bool, remaining: Int)?

    mutating func next(_ buffer: inout ByteBuffer) throws(StreamingError) -> RelayPiece? {
        if open == nil {
            guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self),
                let second = buffer.getInteger(at: buffer.readerIndex + 4, as: UInt32.self)
            else { return nil }
            let length = Int(second & SPDYFrame.lengthMask)
            if first > SPDYFrame.idMask { return try control(first, length, &buffer) }
            buffer.moveReaderIndex(forwardBy: SPDYFrame.headerLength)
            let flags = SPDYFlags(rawValue: UInt8(truncatingIfNeeded: second >> 24))
            open = (first, flags.contains(.fin), length)
        }
        guard var frame = open else { return nil }
        let count = min(frame.remaining, buffer.readableBytes)
        guard count > 0 || frame.remaining == 0, let bytes = buffer.readSlice(length: count) else { return nil }
        frame.remaining -= count
        open = frame.remaining == 0 ? nil : frame
        return .data(stream: frame.stream, bytes: bytes, form: .spdy(ends: frame.ends && frame.remaining == 0))
    }

    private func control(_ first: UInt32, _ length: Int, _ buffer: inout ByteBuffer) throws(StreamingError)
        -> RelayPiece?
    {
        guard length <= Self.controlLimit else { throw .limit("a SPDY control frame of \(length) bytes") }
        guard let frame = buffer.readSlice(length: SPDYFrame.headerLength + length) else { return nil }
        guard UInt16(truncatingIfNeeded: first) == SPDYFrame.Kind.synStream.rawValue else { return .verbatim(frame) }
        var payload = frame
        payload.moveReaderIndex(forwardBy: SPDYFrame.headerLength)
        // After the id: the associated stream, the priority and the credential slot.
        guard let stream = payload.readInteger(as: UInt32.self), payload.readSlice(length: 6) != nil else {
            throw .violation("a SPDY frame whose length is wrong for its type")
        }
        return .opening(stream: stream & SPDYFrame.idMask, block: payload, verbatim: frame)
    }
}

/// WebSocket with a channel in the first byte of each message: frames are handed on whole.
struct WebSocketCutter: RelayCutter {
    private static let frameLimit = 64 << 20
    /// The channel of the message that goes on.
    private var channel: UInt8 = 0

    mutating func next(_ buffer: inout ByteBuffer) throws(StreamingError) -> RelayPiece? {
        var look = buffer
        guard let (first, second) = look.readMultipleIntegers(as: (UInt8, UInt8).self) else { return nil }
        let length: UInt64?
        switch second & 0x7f {
        case 126: length = look.readInteger(as: UInt16.self).map(UInt64.init)
        case 127: length = look.readInteger()
        case let short: length = UInt64(short)
        }
        guard let length else { return nil }
        guard length <= UInt64(Self.frameLimit) else { throw .limit("a WebSocket frame of \(length) bytes") }
        let isMasked = second & 0x80 != 0
        var mask: WebSocketMask?
        if isMasked {
            guard let key = look.readInteger(as: UInt32.self) else { return nil }
            mask = WebSocketMask(key)
        }
        guard let payload = look.readSlice(length: Int(length)) else { return nil }
        let frameLength = buffer.readableBytes - look.readableBytes
        guard let verbatim = buffer.readSlice(length: frameLength) else { return nil }
        let opcode = WebSocketOpcode(rawValue: first & 0x0f)
        guard opcode == .binary || opcode == .continuation else { return .verbatim(verbatim) }
        var bytes = Array(payload.readableBytesView)
        mask?.apply(to: &bytes)
        let startsMessage = opcode == .binary
        if startsMessage {
            guard let named = bytes.first else { return .verbatim(verbatim) }
            channel = named
            bytes.removeFirst()
        }
        return .data(
            stream: UInt32(channel),
            bytes: ByteBuffer(bytes: bytes),
            form: .webSocket(first: first, startsMessage: startsMessage, isMasked: isMasked)
        )
    }
}
