import NIOHTTP1
import Synchronization

/// What the registry serves, how it behaves and what it was asked, shared by all its connections.
final class RegistryContent: Sendable {
    /// The number a request has from its beginning to its end; `nil`: for no repository, so that nobody follows it.
    typealias Number = Int

    /// A request that is being answered.
    private struct Exchange {
        let repository: String
        /// Where the log has it.
        let position: Int?
        let waker: RegistryWaker
    }

    private struct State {
        var store = RegistryStore()
        var logs: [String: RequestLog] = [:]
        var exchanges: [Number: Exchange] = [:]
        var lastNumber = 0
        var watchers: [Int: (repository: String, continuation: AsyncStream<Void>.Continuation)] = [:]
        var lastWatcher = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    // MARK: - What is served

    /// Changes what a repository has; it begins to exist with that.
    func change(_ name: String, _ body: (inout Repository) -> Void) {
        state.withLock { $0.store.change(name, body) }
        tell(name)
    }

    /// Changes how a repository behaves, also for the requests under way.
    func behave(_ name: String, _ behaviour: RegistryBehaviour) {
        let exchanges = state.withLock { state in
            state.store.change(name) { $0.behave(behaviour) }
            return state.exchanges.filter { $0.value.repository == name }
        }
        for (number, exchange) in exchanges { exchange.waker.wake(number, .changed) }
        tell(name)
    }

    /// Forgets a repository; connections that are answering for it are closed.
    func remove(_ name: String) {
        let exchanges = state.withLock { state in
            state.store.remove(name)
            state.logs[name] = nil
            let exchanges = state.exchanges.filter { $0.value.repository == name }
            for number in exchanges.keys { state.exchanges[number] = nil }
            return exchanges
        }
        for (number, exchange) in exchanges { exchange.waker.wake(number, .withdrawn) }
        tell(name)
    }

    // MARK: - Requests

    /// Decides what becomes of a request and notes it.
    func begin(_ query: RegistryQuery, _ waker: RegistryWaker) -> (Number?, RegistryDecision) {
        let (name, number, decision) = state.withLock { state -> (String?, Number?, RegistryDecision) in
            let decision = state.store.decide(query)
            guard let name = state.store.repository(of: query) else { return (nil, nil, decision) }
            let position = state.logs[name, default: RequestLog()].note(RegistryRequest(query, decision))
            state.lastNumber += 1
            state.exchanges[state.lastNumber] = Exchange(repository: name, position: position, waker: waker)
            return (name, state.lastNumber, decision)
        }
        if let name { tell(name) }
        return (number, decision)
    }

    /// Decides again about a request that was held.
    func again(_ query: RegistryQuery, _ number: Number?) -> RegistryDecision {
        let decision = state.withLock { $0.store.decide(query) }
        if case .answer(let answer) = decision {
            note(number) {
                $0.status = Int(answer.status.code)
                $0.state = .open
            }
        }
        return decision
    }

    /// Decides again how the body of a request under way is sent.
    func plan(_ number: Number?, _ kind: RegistryRequest.Kind, count: Int) -> TransmissionPlan {
        state.withLock { state in
            var plan = TransmissionPlan()
            guard let name = number.flatMap({ state.exchanges[$0]?.repository }) else { return plan }
            state.store.change(name) { plan = $0.plan(for: kind, count: count) }
            return plan
        }
    }

    /// Changes what is noted of a request under way.
    func note(_ number: Number?, _ body: (inout RegistryRequest) -> Void) {
        let name = state.withLock { state -> String? in
            guard let number, let exchange = state.exchanges[number] else { return nil }
            state.logs[exchange.repository]?.change(exchange.position, body)
            return exchange.repository
        }
        if let name { tell(name) }
    }

    /// Notes the end of a request.
    func end(_ number: Number?, _ ending: RegistryRequest.State) {
        let name = state.withLock { state -> String? in
            guard let number, let exchange = state.exchanges.removeValue(forKey: number) else { return nil }
            state.logs[exchange.repository]?.change(exchange.position) { $0.state = ending }
            return exchange.repository
        }
        if let name { tell(name) }
    }

    // MARK: - Looking on

    func requests(_ name: String) -> [RegistryRequest] { state.withLock { $0.logs[name]?.entries ?? [] } }

    func openConnections(_ name: String) -> Int {
        state.withLock { $0.exchanges.values.count { $0.repository == name } }
    }

    /// An element at once, and one after each change; what nobody has looked at yet is one.
    func changes(_ name: String) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state -> Int? in
            guard !state.isClosed else { return nil }
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = (name, continuation)
            return state.lastWatcher
        }
        continuation.yield()
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.watchers[number] = nil } }
        return stream
    }

    /// Ends what `changes` gave out and will give out.
    func close() {
        let watchers = state.withLock { state in
            state.isClosed = true
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.continuation.finish() }
    }

    private func tell(_ name: String) {
        let watchers = state.withLock { state in state.watchers.values.filter { $0.repository == name } }
        for watcher in watchers { watcher.continuation.yield() }
    }
}

extension RegistryRequest {
    /// What is noted of a request at its beginning.
    fileprivate init(_ query: RegistryQuery, _ decision: RegistryDecision) {
        switch decision {
        case .hold(let kind): self.init(kind, query, status: nil, state: .stalled)
        case .answer(let answer): self.init(answer.kind, query, status: Int(answer.status.code), state: .open)
        }
    }

    private init(_ kind: Kind, _ query: RegistryQuery, status: Int?, state: State) {
        self.init(
            kind: kind,
            method: query.method.rawValue,
            path: query.sentPath,
            range: query.range,
            authorization: query.authorization.scheme,
            status: status,
            state: state,
            bytesSent: 0
        )
    }
}
