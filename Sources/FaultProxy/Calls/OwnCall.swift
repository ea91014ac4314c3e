internal import NIOCore

/// One unary call of the relay's own, on a connection of its own (relay-contract 8, 17): a small HTTP/2 client as a
/// pure state machine, bytes in and bytes out.
struct OwnCall {
    private static let stream: UInt32 = 1
    private static let window = 1 << 20

    private let headers: HeaderList
    private let message: ByteBuffer
    private let keepsAnswer: Bool
    private var input = FrameInput()
    private var decoder = HeaderDecoder()
    private var block: HeaderBlock?
    private var reader = MessageReader()
    private var flow = FlowAccount()
    private var streamFlow = FlowAccount()
    private var peer = PeerSettings()
    private var unsent: ByteBuffer
    private var hasSentEnd = false
    /// The messages of the answer, if they are kept.
    private(set) var messages: [ByteBuffer] = []
    /// The status it ended with, once it has ended.
    private(set) var status: Int?
    /// It is over, with a status or without.
    private(set) var isOver = false

    /// - Parameter keepsAnswer: whether anybody wants the answer; it is bounded by ``MessageReader/limit``.
    init(headers: HeaderList, message: ByteBuffer, keepsAnswer: Bool) {
        self.headers = headers
        self.message = message
        self.keepsAnswer = keepsAnswer
        unsent = message
    }

    /// What to say first.
    mutating func start() -> ByteBuffer {
        var output = ByteBuffer()
        output.writeBytes(Preface.bytes)
        // No pushes; as much of an answer as comes.
        output.writeSettings([(2, 0), (4, UInt32(Self.window))])
        output.writeWindowUpdate(Self.window, stream: 0)
        var encoder = LiteralEncoder()
        var block = ByteBuffer()
        encoder.encode(headers, into: &block)
        output.writeBlock(block, flags: 0, stream: Self.stream, maxFrameSize: 16_384)
        pump(&output)
        return output
    }

    /// Takes in bytes of the runtime. Returns what to say to them.
    mutating func receive(_ bytes: ByteBuffer) -> ByteBuffer {
        var output = ByteBuffer()
        input.begin(bytes)
        while !isOver, let header = input.nextHeader {
            guard header.length <= 1 << 20 else {
                isOver = true
                break
            }
            guard let payload = input.payload(of: header) else { break }
            take(header, payload, &output)
            input.skip(FrameHeader.size + header.length)
        }
        input.end()
        return output
    }

    private mutating func take(_ header: FrameHeader, _ payload: ByteBuffer, _ output: inout ByteBuffer) {
        switch header.type {
        case .data:
            if header.length > 0 {
                output.writeWindowUpdate(header.length, stream: 0)
                if !header.endsStream { output.writeWindowUpdate(header.length, stream: header.stream) }
            }
            if keepsAnswer, let body = RelayLink.body(header, payload) {
                switch reader.read(body) {
                case .messages(let messages): self.messages += messages
                case .unreadable(let messages):
                    self.messages += messages
                    isOver = true
                }
            }
            if header.endsStream { isOver = true }
        case .headers:
            block = HeaderBlock(header, payload: payload, kept: nil)
            if header.has(FrameHeader.Flag.endHeaders) { takeBlock() }
        case .continuation:
            if block?.append(payload: payload, frame: ByteBuffer()) != true { isOver = true }
            if header.has(FrameHeader.Flag.endHeaders) { takeBlock() }
        case .settings where !header.has(FrameHeader.Flag.ack):
            let before = peer.initialWindowSize
            peer.apply(payload)
            streamFlow.shift(peer.initialWindowSize - before)
            output.write(FrameHeader(.settings, length: 0, flags: FrameHeader.Flag.ack, stream: 0))
            pump(&output)
        case .ping where !header.has(FrameHeader.Flag.ack): output.writePingAck(payload)
        case .windowUpdate:
            let increment = Int((payload.getInteger(at: payload.readerIndex, as: UInt32.self) ?? 0) & 0x7fff_ffff)
            _ = header.stream == 0 ? flow.credit(increment) : streamFlow.credit(increment)
            pump(&output)
        case .reset, .goAway: isOver = true
        default: break
        }
    }

    private mutating func takeBlock() {
        guard let block, case .fields(let fields) = decoder.decode(block.fragment) else {
            isOver = true
            return
        }
        self.block = nil
        guard block.header.endsStream else { return }
        status = fields.status
        isOver = true
    }

    /// Sends of the message what the runtime's windows allow.
    private mutating func pump(_ output: inout ByteBuffer) {
        while !hasSentEnd {
            let count = min(unsent.readableBytes, 16_384, flow.window, streamFlow.window)
            guard count > 0 || unsent.readableBytes == 0, let part = unsent.readSlice(length: max(0, count)) else {
                return
            }
            flow.deliver(count)
            streamFlow.deliver(count)
            hasSentEnd = unsent.readableBytes == 0
            output.writeData(part, endStream: hasSentEnd, stream: Self.stream)
        }
    }
}
