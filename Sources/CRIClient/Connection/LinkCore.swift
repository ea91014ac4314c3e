internal import NIOCore

/// The calls to one socket and the connection they go over, confined to the client's event loop.
///
/// The connection is dialled when a call needs one, and again by the next call after it was lost. A call is never
/// sent twice: one that was on a lost connection fails.
final class LinkCore {
    private enum Phase {
        case idle
        case dialling(HTTP2Connection)
        case ready(HTTP2Connection)
        case shutDown
    }

    private let endpoint: Endpoint
    private let eventLoop: any EventLoop
    private let dialTimeout: Duration
    private var phase = Phase.idle
    private var calls: [Int: ActiveCall] = [:]
    private var waiting = CircularBuffer<ActiveCall>()
    private var connections: [ObjectIdentifier: HTTP2Connection] = [:]
    /// Who wants to hear when dialling is over.
    private var dialListeners: [() -> Void] = []

    init(to endpoint: Endpoint, on eventLoop: any EventLoop, dialTimeout: Duration) {
        self.endpoint = endpoint
        self.eventLoop = eventLoop
        self.dialTimeout = dialTimeout
    }

    func start(_ order: CallOrder) {
        let call = ActiveCall(order, on: eventLoop)
        if case .shutDown = phase { return call.finish(.unavailable("the client has been shut down")) }
        if order.cancellation.isSet { return call.cancel() }
        if let deadline = order.deadline, deadline <= .now() { return call.finish(.deadline) }
        calls[order.id] = call
        call.onFinish = { call in
            self.calls[call.order.id] = nil
            if call.isWaiting { self.waiting.removeAll { $0 === call } }
        }
        call.startTimer { self.expired($0) }
        waiting.append(call)
        serve()
    }

    /// Dials without a call, and tells when that is over, well or not.
    func dialAhead(_ whenOver: @escaping () -> Void) {
        switch phase {
        case .ready, .shutDown: whenOver()
        case .dialling: dialListeners.append(whenOver)
        case .idle:
            dialListeners.append(whenOver)
            dial()
        }
    }

    private func dialled() {
        let listeners = dialListeners
        dialListeners = []
        for listener in listeners { listener() }
    }

    func cancel(_ id: Int) { calls[id]?.cancel() }

    func resume(_ id: Int) { calls[id]?.resume() }

    func shutDown() {
        phase = .shutDown
        waiting.removeAll()
        for call in calls.values { call.finish(.shutDown) }
        for connection in connections.values { connection.end("the client was shut down") }
        dialled()
    }

    /// Sends what waits over the connection, or dials one.
    private func serve() {
        switch phase {
        case .shutDown, .dialling: return
        case .idle:
            if !waiting.isEmpty { dial() }
        case .ready(let connection):
            while connection.hasRoom, let call = waiting.popFirst() { connection.open(call) }
        }
    }

    private func dial() {
        let connection = HTTP2Connection(
            to: endpoint,
            on: eventLoop,
            timeout: dialTimeout,
            observer: HTTP2Connection.Observer(
                onRoom: { self.hasRoom($0) },
                onDraining: { self.lost($0, $0.lossText) },
                onEnd: { connection, reason in
                    self.connections[ObjectIdentifier(connection)] = nil
                    self.lost(connection, reason)
                }
            )
        )
        connections[ObjectIdentifier(connection)] = connection
        phase = .dialling(connection)
        connection.dial()
    }

    private func hasRoom(_ connection: HTTP2Connection) {
        if case .dialling(let current) = phase, current === connection { phase = .ready(connection) }
        dialled()
        serve()
    }

    /// The connection takes no more calls. If it never took any, whoever waits for it hears why.
    private func lost(_ connection: HTTP2Connection, _ reason: String) {
        switch phase {
        case .ready(let current) where current === connection:
            phase = .idle
            serve()
        case .dialling(let current) where current === connection:
            phase = .idle
            let unserved = waiting
            waiting.removeAll()
            for call in unserved { call.finish(.unavailable(reason)) }
            dialled()
        default: break
        }
    }

    /// A call's deadline passed. One that was still waiting for a peer to say anything at all is unavailable, not
    /// late: the runtime never heard of it.
    private func expired(_ call: ActiveCall) {
        if call.isWaiting, case .dialling(let connection) = phase {
            return call.finish(.unavailable(connection.silenceText(after: call.order.options.deadline ?? .zero)))
        }
        call.finish(.deadline)
    }
}
