internal import NIOCore

/// Cuts WebSocket frames out of bytes, however these were cut. No extension is ever negotiated.
///
/// A control frame is held until it is whole; a data frame is handed on piece by piece and takes no memory of its own,
/// whatever it says its length is. After an error the rest makes no sense.
struct WebSocketFrameDecoder {
    private struct OpenFrame {
        let opcode: WebSocketOpcode
        let isFinal: Bool
        let length: Int
        let mask: WebSocketMask?
        var passedOn = 0
        var isStarted = false
    }

    private let sender: WebSocketRole
    private let frameLimit: Int
    private var buffer = ByteBuffer()
    private var openFrame: OpenFrame?

    /// - Parameters:
    ///   - sender: whose frames these are.
    ///   - frameLimit: the longest frame that is believed, in bytes.
    init(sender: WebSocketRole, frameLimit: Int) {
        self.sender = sender
        self.frameLimit = frameLimit
    }

    /// Whether the bytes end in the middle of a frame.
    var isInsideFrame: Bool { openFrame != nil || buffer.readableBytes > 0 }

    /// Adds bytes that came.
    mutating func append(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// The next frame or piece; `nil` when more bytes must come first.
    mutating func next() throws(StreamingError) -> WebSocketFrame? {
        if openFrame == nil { openFrame = try header() }
        guard let frame = openFrame else { return nil }
        return frame.opcode.isControl ? control(frame) : piece(of: frame)
    }

    private mutating func control(_ frame: OpenFrame) -> WebSocketFrame? {
        guard let payload = buffer.readSlice(length: frame.length) else { return nil }
        openFrame = nil
        return .control(frame.opcode, unmasked(payload, frame))
    }

    private mutating func piece(of frame: OpenFrame) -> WebSocketFrame? {
        let count = min(frame.length - frame.passedOn, buffer.readableBytes)
        guard count > 0 || frame.length == frame.passedOn, let bytes = buffer.readSlice(length: count) else {
            return nil
        }
        var rest = frame
        rest.passedOn += count
        rest.isStarted = true
        let endsFrame = rest.passedOn == rest.length
        openFrame = endsFrame ? nil : rest
        return .data(
            frame.opcode,
            unmasked(bytes, frame),
            startsFrame: !frame.isStarted,
            endsFrame: endsFrame,
            isFinal: endsFrame && frame.isFinal
        )
    }

    private func unmasked(_ bytes: ByteBuffer, _ frame: OpenFrame) -> ByteBuffer {
        guard let mask = frame.mask else { return bytes }
        var plain = Array(bytes.readableBytesView)
        mask.apply(to: &plain, offset: frame.passedOn)
        return ByteBuffer(bytes: plain)
    }

    /// The next frame's header; `nil` when it has not come whole.
    private mutating func header() throws(StreamingError) -> OpenFrame? {
        var look = buffer
        guard let (first, second) = look.readMultipleIntegers(as: (UInt8, UInt8).self) else { return nil }
        guard first & 0x70 == 0 else { throw .violation("a WebSocket frame uses an extension that was not negotiated") }
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0f) else {
            throw .violation("a WebSocket frame has the unknown opcode \(first & 0x0f)")
        }
        let isFinal = first & 0x80 != 0
        let isMasked = second & 0x80 != 0
        guard isMasked == (sender == .client) else {
            throw .violation(isMasked ? "the server masks its WebSocket frames" : "a WebSocket frame is not masked")
        }
        guard let length = Self.length(second & 0x7f, &look) else { return nil }
        if opcode.isControl, length > UInt64(WebSocketFrame.controlLimit) || !isFinal {
            throw .violation("a WebSocket \(opcode) frame is too long or cut into fragments")
        }
        guard length <= UInt64(frameLimit) else {
            throw .limit("a WebSocket frame says it has \(length) bytes; \(frameLimit) are allowed")
        }
        var mask: WebSocketMask?
        if isMasked {
            guard let key = look.readInteger(as: UInt32.self) else { return nil }
            mask = WebSocketMask(key)
        }
        buffer = look
        return OpenFrame(opcode: opcode, isFinal: isFinal, length: Int(length), mask: mask)
    }

    private static func length(_ short: UInt8, _ buffer: inout ByteBuffer) -> UInt64? {
        switch short {
        case 126: buffer.readInteger(as: UInt16.self).map(UInt64.init)
        case 127: buffer.readInteger(as: UInt64.self)
        default: UInt64(short)
        }
    }
}
