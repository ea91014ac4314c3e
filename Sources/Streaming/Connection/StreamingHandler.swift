internal import NIOCore

/// The end of a streaming channel's pipeline: hands bytes to the core and holds reads back while it is full.
final class StreamingHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let core: ConnectionCore
    private var context: ChannelHandlerContext?
    private var readIsHeld = false

    init(_ core: ConnectionCore) { self.core = core }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { core.received(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) { core.vanished() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { core.caught(error) }

    /// Reads are held while the core is full: TCP then holds the server.
    func read(context: ChannelHandlerContext) {
        if core.pausesReading {
            readIsHeld = true
        } else {
            context.read()
        }
    }

    func resumeReading() {
        guard readIsHeld, let context else { return }
        readIsHeld = false
        read(context: context)
    }

    func send(_ bytes: ByteBuffer, onSent: @escaping () -> Void) {
        guard let context else { return onSent() }
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in onSent() }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: sent)
    }
}

/// The beginning of the pipeline, in front of TLS: closes the socket at once, with no goodbye of any layer.
final class SocketCloser: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func closeNow() { context?.close(promise: nil) }
}
