import NIOCore

/// Tells a connection, on its own event loop, that something happened to the repository it is answering for.
struct RegistryWaker: Sendable {
    /// What happened.
    enum Reason: Sendable {
        /// The repository behaves otherwise now.
        case changed
        /// The repository is gone.
        case withdrawn
    }

    private let eventLoop: any EventLoop
    private let handler: NIOLoopBound<(RegistryHandler, ChannelHandlerContext)>

    /// Called on the connection's event loop.
    init(_ handler: RegistryHandler, _ context: ChannelHandlerContext) {
        eventLoop = context.eventLoop
        self.handler = NIOLoopBound((handler, context), eventLoop: context.eventLoop)
    }

    /// Tells it; the connection does nothing if it is no longer about that request.
    func wake(_ number: RegistryContent.Number, _ reason: Reason) {
        eventLoop.execute { [handler] in
            let (registry, context) = handler.value
            registry.woken(number, reason, context)
        }
    }
}
