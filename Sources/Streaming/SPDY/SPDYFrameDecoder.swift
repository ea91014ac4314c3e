internal import NIOCore

/// Cuts SPDY/3.1 frames out of bytes, however these were cut.
///
/// A control frame is held until it is whole, so its length is bounded. A DATA frame is handed on piece by piece and
/// takes no memory of its own, whatever it says its length is. After an error the rest makes no sense.
struct SPDYFrameDecoder {
    /// A DATA frame of which a part is still to come.
    private struct OpenData {
        let id: UInt32
        let flags: SPDYFlags
        var remaining: Int
    }

    private let controlFrameLimit: Int
    private var buffer = ByteBuffer()
    private var openData: OpenData?

    /// - Parameter controlFrameLimit: the most bytes that a control frame may have after its header.
    init(controlFrameLimit: Int) { self.controlFrameLimit = controlFrameLimit }

    /// Whether the bytes end in the middle of a frame.
    var isInsideFrame: Bool { openData != nil || buffer.readableBytes > 0 }

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
    mutating func next() throws(StreamingError) -> SPDYFrame? {
        if let open = openData { return piece(of: open) }
        guard buffer.readableBytes >= SPDYFrame.headerLength,
            let first = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self),
            let second = buffer.getInteger(at: buffer.readerIndex + 4, as: UInt32.self)
        else { return nil }
        let flags = SPDYFlags(rawValue: UInt8(truncatingIfNeeded: second >> 24))
        let length = Int(second & SPDYFrame.lengthMask)
        guard first > SPDYFrame.idMask else {
            guard first != 0 else { throw .violation("the server sent a SPDY DATA frame on stream 0") }
            buffer.moveReaderIndex(forwardBy: SPDYFrame.headerLength)
            return piece(of: OpenData(id: first, flags: flags, remaining: length))
        }
        let version = UInt16(truncatingIfNeeded: first >> 16 & 0x7fff)
        guard version == SPDYFrame.version else {
            throw .violation("the server sent what is no SPDY/3.1 frame (version \(version))")
        }
        guard length <= controlFrameLimit else {
            throw .limit("the server sent a SPDY control frame of \(length) bytes; \(controlFrameLimit) are allowed")
        }
        guard buffer.readableBytes >= SPDYFrame.headerLength + length else { return nil }
        buffer.moveReaderIndex(forwardBy: SPDYFrame.headerLength)
        guard let payload = buffer.readSlice(length: length) else { return nil }
        return try Self.control(UInt16(truncatingIfNeeded: first), flags, payload)
    }

    /// What has come of a DATA frame, the whole of an empty one included.
    private mutating func piece(of open: OpenData) -> SPDYFrame? {
        openData = open
        let count = min(open.remaining, buffer.readableBytes)
        guard count > 0 || open.remaining == 0, let bytes = buffer.readSlice(length: count) else { return nil }
        let remaining = open.remaining - count
        openData = remaining == 0 ? nil : OpenData(id: open.id, flags: open.flags, remaining: remaining)
        return .data(id: open.id, bytes: bytes, isFinal: remaining == 0 && open.flags.contains(.fin))
    }

    private static func control(
        _ type: UInt16,
        _ flags: SPDYFlags,
        _ payload: ByteBuffer
    ) throws(StreamingError) -> SPDYFrame {
        guard let kind = SPDYFrame.Kind(rawValue: type) else { return .unknown(type: type) }
        var payload = payload
        switch kind {
        case .synStream:
            let id = try streamID(&payload, kind)
            // The associated stream, the priority and the credential slot: nothing here depends on them.
            guard payload.readSlice(length: 6) != nil else { throw malformed(kind) }
            return .synStream(id: id, flags: flags, block: payload)
        case .synReply: return .synReply(id: try streamID(&payload, kind), flags: flags, block: payload)
        case .headers: return .headers(id: try streamID(&payload, kind), flags: flags, block: payload)
        case .rstStream:
            let words = try integers(2, payload, kind)
            return .rstStream(id: words[0] & SPDYFrame.idMask, status: SPDYStatus(rawValue: words[1]))
        case .ping: return .ping(try integers(1, payload, kind)[0])
        case .goAway:
            let words = try integers(2, payload, kind)
            return .goAway(lastGood: words[0] & SPDYFrame.idMask, status: words[1])
        case .windowUpdate:
            let words = try integers(2, payload, kind)
            return .windowUpdate(id: words[0] & SPDYFrame.idMask, delta: words[1] & SPDYFrame.idMask)
        case .settings: return try settings(payload)
        }
    }

    private static func settings(_ payload: ByteBuffer) throws(StreamingError) -> SPDYFrame {
        var payload = payload
        guard let count = payload.readInteger(as: UInt32.self), payload.readableBytes == Int(count) * 8 else {
            throw malformed(.settings)
        }
        var settings: [SPDYSetting] = []
        while let (key, value) = payload.readMultipleIntegers(as: (UInt32, UInt32).self) {
            settings.append(SPDYSetting(key: key, value: value))
        }
        return .settings(settings)
    }

    private static func streamID(_ payload: inout ByteBuffer, _ kind: SPDYFrame.Kind) throws(StreamingError) -> UInt32 {
        guard let id = payload.readInteger(as: UInt32.self) else { throw malformed(kind) }
        return id & SPDYFrame.idMask
    }

    /// The payload of a frame that is so many 32-bit words and nothing else.
    private static func integers(
        _ count: Int,
        _ payload: ByteBuffer,
        _ kind: SPDYFrame.Kind
    ) throws(StreamingError) -> [UInt32] {
        var payload = payload
        guard payload.readableBytes == count * 4 else { throw malformed(kind) }
        var words: [UInt32] = []
        while let word = payload.readInteger(as: UInt32.self) { words.append(word) }
        return words
    }

    private static func malformed(_ kind: SPDYFrame.Kind) -> StreamingError {
        .violation("the server sent a SPDY frame whose length is wrong for its type (\(kind))")
    }
}
