internal import CRICatalog
internal import NIOCore
internal import NIOHPACK

/// One unary call on an HTTP/2 connection of its own, from preface to trailers: bytes in, bytes out, no I/O.
///
/// Of HTTP/2 (RFC 9113) it speaks what a connection with one request needs, and believes nothing it reads: whatever
/// comes, the call comes to one ``CallEnding``.
struct SingleExchange {
    private static let stream: UInt32 = 1
    private static let headerLength = 9
    /// SETTINGS_MAX_FRAME_SIZE of both sides: nobody has said anything else.
    private static let largestFrame = 16_384
    private static let defaultWindow = 65_535
    /// What the client of many calls announces and takes, too.
    private static let headerLimit = 16 << 20

    private enum FrameType {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let pushPromise: UInt8 = 5
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let continuation: UInt8 = 9
    }

    private enum Flag {
        static let endStream: UInt8 = 0x1
        static let ack: UInt8 = 0x1
        static let endHeaders: UInt8 = 0x4
        static let padded: UInt8 = 0x8
        static let priority: UInt8 = 0x20
    }

    private struct Frame {
        let type: UInt8
        let flags: UInt8
        let stream: UInt32
        var payload: ByteBuffer

        func has(_ flag: UInt8) -> Bool { flags & flag != 0 }
    }

    private let endpoint: Endpoint
    private let receiveLimit: Int
    private var input = ByteBuffer()
    private var output = ByteBuffer()
    private var decoder = HPACKDecoder(
        allocator: ByteBufferAllocator(),
        maxDynamicTableSize: HPACKDecoder.maxDynamicTableSize,
        maxHeaderListSize: headerLimit
    )
    private var reader: ResponseReader
    /// A header block whose CONTINUATION frames are still to come.
    private var block: (bytes: ByteBuffer, isLast: Bool)?
    private var isReady = false

    /// The answer's message, once it is whole.
    private(set) var response: [UInt8]?

    init(endpoint: Endpoint, receiveLimit: Int) {
        self.endpoint = endpoint
        self.receiveLimit = receiveLimit
        reader = ResponseReader(isUnary: true, receiveLimit: receiveLimit)
    }

    /// Writes the connection's preface and the whole request: RFC 9113 section 3.4 lets a client go on before the
    /// server's preface has come.
    mutating func begin(path: String, request: [UInt8], deadline: Duration) throws(CallEnding) {
        let prefix = 5
        guard prefix + request.count <= Self.largestFrame else {
            throw CallEnding(
                .resourceExhausted,
                "a request of \(request.count) bytes does not fit one frame of \(Self.largestFrame)",
                .limit
            )
        }
        output.writeString("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        // No window is ever waited for: an answer at the limit, its prefix included, fits the first one.
        let window = UInt32(clamping: min(Int(Int32.max), max(Self.defaultWindow, receiveLimit + (1 << 20))))
        var settings = ByteBuffer()
        for (name, value) in [(UInt16(2), UInt32(0)), (4, window)] {
            settings.writeInteger(name)
            settings.writeInteger(value)
        }
        write(FrameType.settings, 0, stream: 0, settings)
        let windowUpdate: UInt8 = 8
        write(windowUpdate, 0, stream: 0, ByteBuffer(integer: window - UInt32(Self.defaultWindow)))

        var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
        var headers = ByteBuffer()
        do {
            try encoder.encode(
                headers: HPACKHeaders(RequestHeaders.block(path: path, timeout: deadline, metadata: [])),
                to: &headers
            )
        } catch {
            throw .malformed("the request's headers cannot be encoded: \(error)")
        }
        write(FrameType.headers, Flag.endHeaders, stream: Self.stream, headers)
        var message = ByteBuffer(integer: UInt8(0))
        message.writeInteger(UInt32(request.count))
        message.writeBytes(request)
        write(FrameType.data, Flag.endStream, stream: Self.stream, message)
    }

    /// What is to be sent now, once.
    mutating func takeOutput() -> ByteBuffer {
        defer { output = ByteBuffer() }
        return output
    }

    /// Takes what came. Returns how the call ended, if it did.
    mutating func receive(_ bytes: ByteBuffer) -> CallEnding? {
        input.writeImmutableBuffer(bytes)
        do {
            while let frame = try nextFrame() {
                if let ending = try take(frame) { return ending }
            }
        } catch {
            return error
        }
        return nil
    }

    /// How the call ended when the peer closed the connection before its end.
    func closed() -> CallEnding {
        if !isReady, input.readableBytes > 0 { return notHTTP2() }
        return .unavailable(
            isReady
                ? "\(endpoint) closed the connection before answering"
                : "\(endpoint) accepted the connection and closed it without an answer"
        )
    }

    /// How the call ended when its time was over.
    func timedOut(after deadline: Duration) -> CallEnding {
        isReady
            ? .deadline
            : .unavailable(
                "\(endpoint) accepted the connection but did not answer within \(HTTP2Connection.text(deadline))"
            )
    }

    // MARK: - Frames

    private mutating func write(_ type: UInt8, _ flags: UInt8, stream: UInt32, _ payload: ByteBuffer) {
        output.writeInteger(UInt32(payload.readableBytes) << 8 | UInt32(type))
        output.writeInteger(flags)
        output.writeInteger(stream)
        output.writeImmutableBuffer(payload)
    }

    private mutating func nextFrame() throws(CallEnding) -> Frame? {
        guard let word = input.getInteger(at: input.readerIndex, as: UInt64.self),
            let last = input.getInteger(at: input.readerIndex + 8, as: UInt8.self)
        else {
            // Too few bytes for a header, and already not the beginning of one.
            if !isReady, input.readableBytes > 0, input.readableBytesView.first != 0 { throw notHTTP2() }
            return nil
        }
        let length = Int(word >> 40)
        let type = UInt8(truncatingIfNeeded: word >> 32)
        let flags = UInt8(truncatingIfNeeded: word >> 24)
        let stream = (UInt32(truncatingIfNeeded: word << 8) | UInt32(last)) & 0x7fff_ffff
        // A server's first frame must be SETTINGS (RFC 9113 section 3.4).
        guard isReady || (type == FrameType.settings && stream == 0 && flags & Flag.ack == 0 && length % 6 == 0) else {
            throw notHTTP2()
        }
        guard length <= Self.largestFrame else { throw isReady ? broken("a frame of \(length) bytes") : notHTTP2() }
        guard input.readableBytes >= Self.headerLength + length else { return nil }
        input.moveReaderIndex(forwardBy: Self.headerLength)
        guard let payload = input.readSlice(length: length) else { return nil }
        isReady = true
        return Frame(type: type, flags: flags, stream: stream, payload: payload)
    }

    private mutating func take(_ frame: Frame) throws(CallEnding) -> CallEnding? {
        guard block == nil || (frame.type == FrameType.continuation && frame.stream == Self.stream) else {
            throw broken("a header block was interrupted")
        }
        switch frame.type {
        case FrameType.settings:
            if !frame.has(Flag.ack) { write(FrameType.settings, Flag.ack, stream: 0, ByteBuffer()) }
        case FrameType.ping:
            if !frame.has(Flag.ack) { write(FrameType.ping, Flag.ack, stream: 0, frame.payload) }
        case FrameType.goAway:
            // The connection may still bring the answer to a stream that the frame lets live.
            guard let last = frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt32.self) else {
                throw broken("a GOAWAY of \(frame.payload.readableBytes) bytes")
            }
            if last & 0x7fff_ffff < Self.stream {
                throw .unavailable("\(endpoint) refused the call with GOAWAY")
            }
        case FrameType.pushPromise: throw broken("a PUSH_PROMISE, which is off")
        case _ where frame.stream != Self.stream: break
        case FrameType.reset:
            let code = frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt32.self)
            return .reset(Int(code ?? 0))
        case FrameType.headers: return try begin(blockOf: frame)
        case FrameType.continuation:
            guard case (var bytes, let isLast)? = block else { throw broken("a CONTINUATION of nothing") }
            bytes.writeImmutableBuffer(frame.payload)
            guard bytes.readableBytes <= Self.headerLimit else { throw broken("a header block without end") }
            block = (bytes, isLast)
            return frame.has(Flag.endHeaders) ? try endBlock() : nil
        case FrameType.data:
            var payload = frame.payload
            try unpad(&payload, of: frame)
            var message: [UInt8]?
            let ending = reader.read(bytes: payload, endStream: frame.has(Flag.endStream)) { message = $0 }
            response = message ?? response
            return ending
        default: break
        }
        return nil
    }

    private mutating func begin(blockOf frame: Frame) throws(CallEnding) -> CallEnding? {
        var payload = frame.payload
        try unpad(&payload, of: frame)
        if frame.has(Flag.priority) {
            let priority = 5
            guard payload.readableBytes >= priority else { throw broken("a HEADERS frame cut off in its priority") }
            payload.moveReaderIndex(forwardBy: priority)
        }
        block = (payload, frame.has(Flag.endStream))
        return frame.has(Flag.endHeaders) ? try endBlock() : nil
    }

    private mutating func endBlock() throws(CallEnding) -> CallEnding? {
        guard case (var bytes, let isLast)? = block else { return nil }
        block = nil
        do {
            let headers = try decoder.decodeHeaders(from: &bytes)
            return reader.read(block: headers.map { ($0.name, $0.value) }, endStream: isLast)
        } catch {
            throw broken("a header block that cannot be read: \(error)")
        }
    }

    private func unpad(_ payload: inout ByteBuffer, of frame: Frame) throws(CallEnding) {
        guard frame.has(Flag.padded) else { return }
        guard let padding = payload.readInteger(as: UInt8.self), Int(padding) <= payload.readableBytes else {
            throw broken("padding longer than its frame")
        }
        payload = payload.getSlice(at: payload.readerIndex, length: payload.readableBytes - Int(padding)) ?? payload
    }

    private func broken(_ what: String) -> CallEnding { .unavailable("\(endpoint) broke HTTP/2: \(what)") }

    private func notHTTP2() -> CallEnding {
        .unavailable("\(endpoint) does not speak HTTP/2: it said '\(NotHTTP2(input).excerpt)'")
    }
}
