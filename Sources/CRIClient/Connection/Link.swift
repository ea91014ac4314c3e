internal import NIOCore

/// The way to one socket: a ``LinkCore`` and the event loop it lives on.
final class Link: Sendable {
    private let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<LinkCore>

    init(to endpoint: Endpoint, on eventLoop: any EventLoop, dialTimeout: Duration) {
        self.eventLoop = eventLoop
        core = .makeBoxSendingValue(
            LinkCore(to: endpoint, on: eventLoop, dialTimeout: dialTimeout),
            eventLoop: eventLoop
        )
    }

    func start(_ order: CallOrder) { eventLoop.execute { self.core.value.start(order) } }

    /// Dials without a call; returns when that is over, well or not.
    func dialAhead() async {
        let done = eventLoop.makePromise(of: Void.self)
        eventLoop.execute { self.core.value.dialAhead { done.succeed(()) } }
        try? await done.futureResult.get()
    }

    func cancel(_ id: Int) { eventLoop.execute { self.core.value.cancel(id) } }

    func resume(_ id: Int) { eventLoop.execute { self.core.value.resume(id) } }

    /// Ends every call and connection; returns when all of them have been told and every socket is closed.
    func shutDown() async {
        let done = eventLoop.makePromise(of: Void.self)
        eventLoop.execute {
            self.core.value.shutDown()
            // Resets first, then closed sockets: both were queued on the loop just now.
            self.eventLoop.execute { done.succeed(()) }
        }
        try? await done.futureResult.get()
    }
}
