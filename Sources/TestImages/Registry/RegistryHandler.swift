import NIOCore
import NIOHTTP1

/// One connection of the registry: answers its requests as `RegistryContent` decides. They come one after the other,
/// each when the one before is answered (`HTTPServerPipelineHandler`).
///
/// Bodies go out in pieces, each when the one before is on its way, so that a slow reader costs no memory.
final class RegistryHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// The request being answered.
    private struct Exchange {
        let query: RegistryQuery
        let keepAlive: Bool
        /// Tells it from those before it, in callbacks that come late.
        let serial: Int
        let number: RegistryContent.Number?
        /// Set once the head is written.
        var kind: RegistryRequest.Kind?
        var transmission: Transmission?
        /// Whether a piece is on its way.
        var isWriting = false
        var isStalled = false
        var pause: Scheduled<Void>?
    }

    private let content: RegistryContent
    private let limiter: RequestLimiter
    private let isSecure: Bool
    private let chunk: Int
    private var head: HTTPRequestHead?
    /// Bounded by the limiter.
    private var body = ByteBuffer()
    private var exchange: Exchange?
    private var lastSerial = 0

    /// - Parameters:
    ///   - content: What is served.
    ///   - limiter: Told when a request has come to its end.
    ///   - isSecure: Whether the connection is TLS.
    ///   - chunk: The most bytes of a body that are on their way at once.
    init(_ content: RegistryContent, _ limiter: RequestLimiter, isSecure: Bool, chunk: Int = Transmission.chunk) {
        self.content = content
        self.isSecure = isSecure
        self.chunk = chunk
        self.limiter = limiter
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(var piece): body.writeBuffer(&piece)
        case .end:
            limiter.requestEnded()
            guard let head else { return }
            let query = RegistryQuery(head, body: body, isSecure: isSecure, address: Self.address(of: context.channel))
            (self.head, body) = (nil, ByteBuffer())
            lastSerial += 1
            let (number, decision) = content.begin(query, RegistryWaker(self, context))
            exchange = Exchange(query: query, keepAlive: head.isKeepAlive, serial: lastSerial, number: number)
            perform(decision, context)
        }
    }

    /// The registry's own address, for clients too old to say what they call it.
    private static func address(of channel: any Channel) -> String {
        guard let address = channel.localAddress, let host = address.ipAddress, let port = address.port else {
            return "localhost"
        }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private func perform(_ decision: RegistryDecision, _ context: ChannelHandlerContext) {
        // A request that is held has been noted as such.
        guard let exchange, case .answer(let answer) = decision else { return }
        var headers = answer.headers
        headers.add(name: "connection", value: exchange.keepAlive ? "keep-alive" : "close")
        let response = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        self.exchange?.kind = answer.kind
        let body = exchange.query.method == .HEAD ? .empty : answer.body
        self.exchange?.transmission = Transmission(body, answer.plan, chunk: chunk)
        step(context)
    }

    // MARK: - Bodies

    private func step(_ context: ChannelHandlerContext) {
        guard let exchange, !exchange.isWriting, exchange.pause == nil,
            let step = self.exchange?.transmission?.next()
        else { return }
        if exchange.isStalled, step != .stall {
            self.exchange?.isStalled = false
            content.note(exchange.number) { $0.state = .open }
        }
        switch step {
        case .send(let bytes, let pause):
            let count = bytes.readableBytes
            write(.body(.byteBuffer(bytes)), context) { handler, context in
                handler.content.note(exchange.number) { $0.bytesSent += count }
                // Never at once: a reader that keeps up would let nobody else have a turn, and a step within a step
                // within a step has the stack end before the layer does.
                handler.rest(pause ?? .nanoseconds(0), context)
            }
        case .stall:
            context.flush()
            guard !exchange.isStalled else { return }
            self.exchange?.isStalled = true
            content.note(exchange.number) { $0.state = .stalled }
        // An empty piece, to know that what is before it has gone out.
        case .cut:
            write(.body(.byteBuffer(ByteBuffer())), context) { handler, context in handler.finish(.cut, context) }
        case .end: write(.end(nil), context) { handler, context in handler.finish(.done, context) }
        }
    }

    /// Writes a part; what follows is done once it is on its way, unless the exchange has ended meanwhile.
    private func write(
        _ part: HTTPServerResponsePart,
        _ context: ChannelHandlerContext,
        _ then: @escaping @Sendable (RegistryHandler, ChannelHandlerContext) -> Void
    ) {
        guard let serial = exchange?.serial else { return }
        exchange?.isWriting = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(part)).whenComplete { result in
            let (handler, context) = bound.value
            guard handler.exchange?.serial == serial else { return }
            handler.exchange?.isWriting = false
            switch result {
            case .success: then(handler, context)
            case .failure: handler.finish(.aborted, context)
            }
        }
    }

    private func rest(_ pause: TimeAmount, _ context: ChannelHandlerContext) {
        guard let serial = exchange?.serial else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        exchange?.pause = context.eventLoop.scheduleTask(in: pause) {
            let (handler, context) = bound.value
            guard handler.exchange?.serial == serial else { return }
            handler.exchange?.pause = nil
            handler.step(context)
        }
    }

    private func finish(_ ending: RegistryRequest.State, _ context: ChannelHandlerContext) {
        guard let exchange else { return }
        self.exchange = nil
        exchange.pause?.cancel()
        content.end(exchange.number, ending)
        if ending != .done || !exchange.keepAlive { context.close(promise: nil) }
    }

    // MARK: - What happens meanwhile

    /// Called when something happened to the repository of a request.
    func woken(_ number: RegistryContent.Number, _ reason: RegistryWaker.Reason, _ context: ChannelHandlerContext) {
        guard let exchange, exchange.number == number else { return }
        switch reason {
        case .withdrawn: finish(.aborted, context)
        case .changed:
            guard let transmission = exchange.transmission, let kind = exchange.kind else {
                return perform(content.again(exchange.query, number), context)
            }
            guard !transmission.isGiven else { return }
            self.exchange?.transmission?.plan = content.plan(number, kind, count: transmission.body.count)
            self.exchange?.pause?.cancel()
            self.exchange?.pause = nil
            step(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.aborted, context)
        context.fireChannelInactive()
    }

    /// A peer that does not speak HTTP, or went away: nothing to tell it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
