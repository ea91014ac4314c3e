internal import NIOCore
internal import NIOHTTP1

/// One connection of the control server: one whole request, one answer, the end.
///
/// That leaves nothing for a peer to keep busy: whoever has not asked by the deadline is closed.
final class ControlHandler: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPServerRequestFull
    typealias OutboundOut = HTTPServerResponsePart

    /// So long may a request and its answer take on the wire.
    static let deadline = TimeAmount.seconds(10)
    /// Longer requests are refused, in bytes.
    static let bodyLimit = 1 << 20

    private let router: ControlRouter
    private let deadline: TimeAmount
    private var timer: Scheduled<Void>?
    private var isAnswered = false

    init(_ router: ControlRouter, deadline: TimeAmount = ControlHandler.deadline) {
        self.router = router
        self.deadline = deadline
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: deadline) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswered else { return }
        isAnswered = true
        var request = Self.unwrapInboundIn(data)
        let body = request.body.map { Array($0.readableBytesView) } ?? []
        request.body = nil
        let answer = router.answer(
            ControlRouter.Request(method: request.head.method.rawValue, target: request.head.uri, body: body)
        )
        var head = HTTPResponseHead(version: .http1_1, status: answer.status)
        head.headers = [
            "content-type": answer.type, "content-length": "\(answer.body.count)", "connection": "close",
        ]
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if request.head.method != .HEAD {
            context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        let channel = context.channel
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    /// A peer that speaks no HTTP has been answered 400 already, or is gone.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
