internal import NIOCore

/// The client's side of Kubernetes' channels over a WebSocket.
struct WebSocketSession: Carrier {
    /// A message of which a part is still to come.
    private struct Message {
        var channel: UInt8?
        /// What a message on channel 255 holds so far.
        var closing: [UInt8] = []
    }

    private let limits: StreamingLimits
    private var channels: WebSocketChannels
    private var decoder: WebSocketFrameDecoder
    private var message: Message?
    private var emptyFragments = 0
    private var pings: UInt32 = 0
    private var isClosed = false
    private var pending: [CarrierEvent] = []

    init(_ layout: WebSocketChannels.Layout, limits: StreamingLimits) {
        self.limits = limits
        channels = WebSocketChannels(layout)
        decoder = WebSocketFrameDecoder(sender: .server, frameLimit: limits.webSocketFrame)
    }

    // MARK: - What comes

    mutating func append(_ bytes: ByteBuffer) {
        if !isClosed { decoder.append(bytes) }
    }

    mutating func next() throws(StreamingError) -> CarrierEvent? {
        while pending.isEmpty {
            guard !isClosed, let frame = try decoder.next() else { return nil }
            switch frame {
            case .control(let opcode, let payload): try receive(opcode, payload)
            case .data(let opcode, let bytes, let startsFrame, let endsFrame, let isFinal):
                if startsFrame { try begin(opcode) }
                try checkFragment(isEmpty: startsFrame && endsFrame && bytes.readableBytes == 0, isFinal)
                try receive(bytes, endsMessage: isFinal)
            }
        }
        return pending.removeFirst()
    }

    var danglingReason: String? {
        if isClosed { return nil }
        return decoder.isInsideFrame || message != nil
            ? "the server closed the connection in the middle of a WebSocket message"
            : "the server closed the connection without a WebSocket Close"
    }

    private mutating func begin(_ opcode: WebSocketOpcode) throws(StreamingError) {
        switch opcode {
        case .continuation:
            guard message != nil else { throw .violation("a WebSocket fragment continues nothing") }
        case .binary:
            guard message == nil else { throw .violation("a WebSocket message begins inside another") }
            message = Message()
        default: throw .violation("the server sent a WebSocket \(opcode) message on a binary protocol")
        }
    }

    private mutating func checkFragment(isEmpty: Bool, _ isFinal: Bool) throws(StreamingError) {
        emptyFragments = isEmpty && !isFinal ? emptyFragments + 1 : 0
        guard emptyFragments <= limits.emptyFragments else {
            throw .limit("the server sent more than \(limits.emptyFragments) empty WebSocket fragments in a row")
        }
    }

    private mutating func receive(_ bytes: ByteBuffer, endsMessage: Bool) throws(StreamingError) {
        var bytes = bytes
        if message?.channel == nil, let number = bytes.readInteger(as: UInt8.self) {
            try channels.checkReadable(number)
            message?.channel = number
        }
        if let number = message?.channel {
            try receive(bytes, on: number, endsMessage: endsMessage)
        } else if endsMessage {
            throw .violation("the server sent a WebSocket message that names no channel")
        }
        if endsMessage { message = nil }
    }

    private mutating func receive(
        _ bytes: ByteBuffer,
        on number: UInt8,
        endsMessage: Bool
    ) throws(StreamingError) {
        let key = StreamKey(UInt32(number))
        if channels.canClose, number == WebSocketChannels.close {
            return try receiveClosing(bytes, endsMessage: endsMessage)
        }
        guard channels.channels[number]?.announcement != nil else {
            if bytes.readableBytes > 0 || endsMessage { pending.append(.data(key, bytes, endsMessage: endsMessage)) }
            return
        }
        var rest = Array(bytes.readableBytesView)
        if try channels.takeAnnouncement(number, &rest) { pending.append(.opened(key)) }
        if !rest.isEmpty { pending.append(.data(key, ByteBuffer(bytes: rest), endsMessage: endsMessage)) }
    }

    /// `v5`: one byte names the channel that ends.
    private mutating func receiveClosing(_ bytes: ByteBuffer, endsMessage: Bool) throws(StreamingError) {
        message?.closing += bytes.readableBytesView
        let closing = message?.closing ?? []
        guard closing.count <= 1, !endsMessage || closing.count == 1 else {
            throw .violation("the server sent a CLOSE that does not name one channel")
        }
        guard endsMessage, let number = closing.first else { return }
        if try channels.closedByPeer(number) { pending.append(.ended(StreamKey(UInt32(number)), .finished)) }
    }

    private mutating func receive(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) throws(StreamingError) {
        switch opcode {
        case .ping: pending.append(.answer(encode(.pong, Array(payload.readableBytesView)), .ping))
        case .pong: pending.append(.pong)
        default:
            var payload = payload
            guard payload.readableBytes != 1 else { throw .violation("a WebSocket Close has half a code") }
            let code = payload.readInteger(as: UInt16.self)
            let reason = String(decoding: payload.readableBytesView, as: UTF8.self)
            isClosed = true
            let answer = code.map { [UInt8($0 >> 8), UInt8($0 & 0xff)] } ?? []
            pending.append(.answer(encode(.close, answer), .close))
            pending.append(.farewell(.webSocketClose(code: code, reason: reason), isLast: true))
        }
    }

    // MARK: - What goes

    mutating func open(_ headers: [SPDYHeader]) throws(StreamingError) -> (key: StreamKey, bytes: ByteBuffer) {
        throw StreamingError(.notPossible, "the channels of a WebSocket are fixed; none can be opened")
    }

    mutating func data(_ piece: [UInt8], on key: StreamKey) throws(StreamingError) -> ByteBuffer {
        let number = UInt8(truncatingIfNeeded: key.value)
        try channels.checkWritable(number)
        return encode(.binary, [number] + piece)
    }

    mutating func finish(_ key: StreamKey) throws(StreamingError) -> ByteBuffer {
        let number = UInt8(truncatingIfNeeded: key.value)
        guard channels.canClose else {
            throw StreamingError(.notPossible, "this WebSocket protocol cannot close one direction of a channel")
        }
        try channels.checkWritable(number)
        channels.finishedByUs(number)
        return encode(.binary, [WebSocketChannels.close, number])
    }

    mutating func reset(_ key: StreamKey) throws(StreamingError) -> ByteBuffer {
        throw StreamingError(.notPossible, "a WebSocket has no way to give one channel up")
    }

    mutating func ping() -> ByteBuffer {
        pings &+= 1
        return encode(.ping, (0..<4).map { UInt8(truncatingIfNeeded: pings >> UInt32(24 - 8 * $0)) })
    }

    mutating func farewell() -> ByteBuffer {
        guard !isClosed else { return ByteBuffer() }
        // 1000, a normal closure.
        return encode(.close, [0x03, 0xe8])
    }

    private func encode(_ opcode: WebSocketOpcode, _ payload: [UInt8]) -> ByteBuffer {
        WebSocketFrameEncoder.encode(opcode, payload, mask: .random())
    }
}
