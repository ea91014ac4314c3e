internal import NIOCore
internal import NIOPosix

/// Runs an ``OwnCall`` on a channel and closes it when it is over.
private final class OwnCallHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var call: OwnCall
    private let promise: EventLoopPromise<OwnCall>

    init(_ call: OwnCall, _ promise: EventLoopPromise<OwnCall>) {
        self.call = call
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(Self.wrapOutboundOut(call.start()), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let output = call.receive(Self.unwrapInboundIn(data))
        if output.readableBytes > 0 { context.writeAndFlush(Self.wrapOutboundOut(output), promise: nil) }
        if call.isOver { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { promise.succeed(call) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension OwnCall {
    /// Makes the call on a new connection.
    ///
    /// - Parameter limit: after this long the connection is closed, whatever came.
    func run(on eventLoop: any EventLoop, socket path: String, limit: TimeAmount) -> EventLoopFuture<OwnCall> {
        let promise = eventLoop.makePromise(of: OwnCall.self)
        let call = self
        ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(OwnCallHandler(call, promise))
                }
            }
            .connect(unixDomainSocketPath: path)
            .whenComplete { result in
                switch result {
                case .success(let channel):
                    let timer = eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
                    channel.closeFuture.whenComplete { _ in timer.cancel() }
                case .failure(let error): promise.fail(error)
                }
            }
        return promise.futureResult
    }
}
