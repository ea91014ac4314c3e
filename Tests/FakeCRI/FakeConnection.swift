internal import NIOCore
internal import NIOHPACK

/// The server's side of one connection: reads frames, plays the script's actions, keeps the client's windows.
///
/// Its own few lines of HTTP/2, so that it can say what a well-behaved library never would.
final class FakeConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Stream {
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        var outbox: [FakeAction] = []
        /// How much of the body at the head of the outbox is sent.
        var sent = 0
        var window: Int
    }

    private let number: Int
    private let script: FakeScript
    private let report: @Sendable (FakeEvent) -> Void
    private let sent: @Sendable (Int) -> Void
    private var input = ByteBuffer()
    private var sawPreface = false
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
    private var streams: [UInt32: Stream] = [:]
    private var initialWindow = 65_535
    private var window = 65_535
    private var context: ChannelHandlerContext?

    init(
        _ number: Int,
        _ script: FakeScript,
        report: @escaping @Sendable (FakeEvent) -> Void,
        sent: @escaping @Sendable (Int) -> Void
    ) {
        self.number = number
        self.script = script
        self.report = report
        self.sent = sent
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        report(.connected(number))
        for action in script.greeting(number) { play(action, on: 0) }
        context.flush()
    }

    func channelInactive(context: ChannelHandlerContext) { report(.closed(number)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input.writeImmutableBuffer(unwrapInboundIn(data))
        if !sawPreface {
            guard input.readableBytes >= 24 else { return }
            // Whoever says anything else is no client of a runtime's.
            guard input.readString(length: 24) == "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" else {
                context.close(promise: nil)
                return
            }
            sawPreface = true
            report(.preface(number))
        }
        while let header = input.getBytes(at: input.readerIndex, length: 9) {
            let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
            guard input.readableBytes >= 9 + length else { break }
            input.moveReaderIndex(forwardBy: 9)
            let stream = header[5...].reduce(0) { $0 << 8 | UInt32($1) }
            let payload = input.readSlice(length: length) ?? ByteBuffer()
            frame(type: header[3], flags: header[4], stream: stream, payload)
        }
        input.discardReadBytes()
        context.flush()
    }

    /// Plays actions from outside the script.
    func play(_ actions: [FakeAction], on stream: UInt32) {
        for action in actions { play(action, on: stream) }
        context?.flush()
    }

    // MARK: - Reading

    private func frame(type: UInt8, flags: UInt8, stream: UInt32, _ payload: ByteBuffer) {
        var payload = payload
        switch type {
        case 0x0:
            streams[stream]?.body.append(contentsOf: payload.readableBytesView)
            if payload.readableBytes > 0, script.opensWindows {
                windowUpdate(0, payload.readableBytes)
                windowUpdate(stream, payload.readableBytes)
            }
            if flags & 1 == 1 { requestEnded(stream) }
        case 0x1:
            let block = (try? decoder.decodeHeaders(from: &payload)) ?? HPACKHeaders()
            streams[stream] = Stream(headers: block.map { ($0.name, $0.value) }, window: initialWindow)
            for action in script.onHeaders(number) { play(action, on: stream) }
            if flags & 1 == 1 { requestEnded(stream) }
        case 0x3:
            streams[stream] = nil
            report(.reset(stream: stream, code: payload.readInteger() ?? 0))
        case 0x4 where flags & 1 == 0:
            while let name = payload.readInteger(as: UInt16.self), let value = payload.readInteger(as: UInt32.self) {
                guard name == 4 else { continue }
                for id in streams.keys { streams[id]?.window += Int(value) - initialWindow }
                initialWindow = Int(value)
            }
            if script.acknowledgesSettings { write(type: 0x4, flags: 1, stream: 0, []) }
        case 0x6 where flags & 1 == 1: report(.pong)
        case 0x8:
            let increment = Int(payload.readInteger(as: UInt32.self) ?? 0)
            if stream == 0 { window += increment } else { streams[stream]?.window += increment }
            for id in streams.keys.sorted() { drain(id) }
        default: break
        }
    }

    private func requestEnded(_ id: UInt32) {
        guard let stream = streams[id] else { return }
        report(.request(connection: number, stream: id))
        let request = FakeRequest(connection: number, stream: id, headers: stream.headers, body: stream.body)
        for action in script.answer(request) { play(action, on: id) }
    }

    // MARK: - Writing

    private func play(_ action: FakeAction, on id: UInt32) {
        switch action {
        case .headers, .data, .reset:
            streams[id]?.outbox.append(action)
            drain(id)
        case .ping: write(type: 0x6, flags: 0, stream: 0, [1, 2, 3, 4, 5, 6, 7, 8])
        case .settings(let settings):
            write(
                type: 0x4,
                flags: 0,
                stream: 0,
                settings.flatMap { bytes(UInt32($0.0), count: 2) + bytes($0.1, count: 4) }
            )
        case .goAway(let last, let code, let debug):
            write(type: 0x7, flags: 0, stream: 0, bytes(last, count: 4) + bytes(code, count: 4) + Array(debug.utf8))
        case .raw(let raw): context?.write(wrapOutboundOut(ByteBuffer(bytes: raw)), promise: nil)
        case .close:
            context?.flush()
            context?.close(promise: nil)
        }
    }

    /// Sends what a stream has to say, as far as its windows let it.
    private func drain(_ id: UInt32) {
        while var stream = streams[id], let action = stream.outbox.first {
            switch action {
            case .data(let body, let end):
                let start = stream.sent
                let size = min(body.count - start, 16_384, window, stream.window)
                guard size > 0 || body.isEmpty else { return }
                window -= size
                stream.window -= size
                stream.sent += size
                sent(size)
                let isLast = stream.sent == body.count
                if isLast {
                    stream.outbox.removeFirst()
                    stream.sent = 0
                }
                streams[id] = stream
                if script.pingsBeforeData { play(.ping, on: 0) }
                write(type: 0x0, flags: end && isLast ? 1 : 0, stream: id, body[start..<start + size])
            case .headers(let block, let end):
                stream.outbox.removeFirst()
                streams[id] = end ? nil : stream
                writeBlock(Self.encoded(block), stream: id, end: end)
            case .reset(let code):
                streams[id] = nil
                write(type: 0x3, flags: 0, stream: id, bytes(code, count: 4))
            default: stream.outbox.removeFirst()
            }
        }
    }

    private func writeBlock(_ block: [UInt8], stream: UInt32, end: Bool) {
        var rest = block[...]
        var type: UInt8 = 0x1
        repeat {
            let piece = rest.prefix(16_384)
            rest = rest.dropFirst(16_384)
            write(
                type: type,
                flags: (rest.isEmpty ? 0x4 : 0) | (type == 0x1 && end ? 0x1 : 0),
                stream: stream,
                piece
            )
            type = 0x9
        } while !rest.isEmpty
    }

    private func windowUpdate(_ stream: UInt32, _ increment: Int) {
        write(type: 0x8, flags: 0, stream: stream, bytes(UInt32(increment), count: 4))
    }

    private func write(type: UInt8, flags: UInt8, stream: UInt32, _ payload: some Collection<UInt8>) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 9 + payload.count)
        buffer.writeBytes(bytes(UInt32(payload.count), count: 3) + [type, flags] + bytes(stream, count: 4))
        buffer.writeBytes(payload)
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    /// A header block of literals without indexing: says any name and value, valid or not.
    private static func encoded(_ block: [(String, String)]) -> [UInt8] {
        func text(_ text: String) -> [UInt8] {
            var length = text.utf8.count
            guard length >= 127 else { return [UInt8(length)] + text.utf8 }
            var result: [UInt8] = [127]
            length -= 127
            while length >= 128 {
                result.append(UInt8(length & 127) | 128)
                length >>= 7
            }
            return result + [UInt8(length)] + text.utf8
        }
        return block.flatMap { [0] + text($0.0) + text($0.1) }
    }
}

private func bytes(_ value: UInt32, count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(value >> ($0 * 8) & 0xff) }
}
