internal import NIOCore

/// One end's channel: hands everything on to its pair.
final class RelayHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let pair: RelayPair
    private let end: RelayEnd

    init(_ pair: RelayPair, _ end: RelayEnd) {
        self.pair = pair
        self.end = end
    }

    func handlerAdded(context: ChannelHandlerContext) { pair.attach(context, end) }

    func handlerRemoved(context: ChannelHandlerContext) { pair.detach(end) }

    func channelActive(context: ChannelHandlerContext) {
        pair.activated()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pair.received(Self.unwrapInboundIn(data), from: end)
    }

    func channelReadComplete(context: ChannelHandlerContext) { pair.flush() }

    func read(context: ChannelHandlerContext) { pair.requestRead(end) }

    func channelWritabilityChanged(context: ChannelHandlerContext) { pair.writabilityChanged(end) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { pair.inputEnded(end) }
    }

    func channelInactive(context: ChannelHandlerContext) { pair.closed(end) }

    /// A broken connection is a closed one; which error broke it changes nothing for the other end.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
