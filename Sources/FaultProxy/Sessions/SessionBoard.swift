internal import FaultModel
internal import NIOCore
internal import Synchronization

/// The sessions that rules of one relay stand in.
final class SessionBoard: Sendable {
    /// So many URLs may wait to be dialled, or sessions run, at once.
    static let limit = 256

    private struct State {
        var nextKey = 0
        /// By number: which rule, and what it holds.
        var gates: [Int: (rule: String, gate: SessionGate)] = [:]
        var connections = 0
        var isCut = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let group: any EventLoopGroup
    private let opened: AsyncStream<(Int, SessionListener)>
    private let opening: AsyncStream<(Int, SessionListener)>.Continuation
    private let state = Mutex(State())

    init(group: any EventLoopGroup) {
        self.group = group
        (opened, opening) = AsyncStream.makeStream()
    }

    /// The URL to answer in the place of the runtime's; `nil` when nobody can stand before that one.
    func open(_ text: String, _ fault: ByteFault, _ decision: Decision) -> String? {
        guard let url = SessionURL(text) else { return nil }
        let key = state.withLock { state -> Int? in
            guard state.gates.count < Self.limit else { return nil }
            state.nextKey += 1
            return state.nextKey
        }
        guard let key, let listener = SessionListener(url, fault, decision) else { return nil }
        state.withLock { $0.gates[key] = (decision.rule, listener.gate) }
        // Nobody serves before the relay listens, nor after it ended.
        guard case .enqueued = opening.yield((key, listener)) else {
            state.withLock { $0.gates[key] = nil }
            return nil
        }
        return url.withPort(listener.port)
    }

    /// Serves sessions for as long as `body` runs; with it they end.
    func serve<Success: Sendable>(
        _ ended: @escaping @Sendable (SessionRecord) -> Void,
        _ body: () async throws -> Success
    ) async rethrows -> Success {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.serveAll(ended) }
            defer {
                opening.finish()
                group.cancelAll()
            }
            return try await body()
        }
    }

    private func serveAll(_ ended: @escaping @Sendable (SessionRecord) -> Void) async {
        await withDiscardingTaskGroup { sessions in
            for await (key, listener) in opened { sessions.addTask { await self.serve(key, listener, ended) } }
        }
    }

    private func serve(
        _ key: Int,
        _ listener: SessionListener,
        _ ended: @escaping @Sendable (SessionRecord) -> Void
    ) async {
        await withTaskGroup { tasks in
            tasks.addTask {
                let left = listener.decision.end - .nanoseconds(Int64(clamping: NIODeadline.now().uptimeNanoseconds))
                // Cancelled with the session: then there is nothing to open.
                if (try? await Task.sleep(for: max(.zero, left))) != nil { listener.gate.open() }
            }
            await listener.serve(on: group) { event in
                switch event {
                case .began: self.state.withLock { $0.connections += 1 }
                case .ended(let record):
                    ended(record)
                    self.left()
                }
            }
            tasks.cancelAll()
        }
        state.withLock { $0.gates[key] = nil }
    }

    private func left() {
        let waiters = state.withLock { state in
            state.connections -= 1
            guard state.connections == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Nobody waits for the sessions any more; they end with ``serve(_:_:)``.
    func cut() {
        let waiters = state.withLock { state in
            state.isCut = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when no session has a connection, or they are cut. Those whose URLs were not dialled yet are not waited
    /// for.
    func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.connections == 0 || state.isCut { return true }
                state.waiters.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    /// A rule is over, or all are.
    func release(rule: String? = nil) {
        let gates = state.withLock { state in
            state.gates.values.filter { rule == nil || $0.rule == rule }.map(\.gate)
        }
        for gate in gates { gate.open() }
    }
}
