internal import CRICatalog
internal import FaultModel
internal import NIOCore
internal import Synchronization

/// What all connections of one relay share: the rules, the runtime's address, and the knowledge of each other.
final class RelayOwner: Sendable {
    /// So many requests may be under way a second time.
    private static let duplicateLimit = 64
    /// A list that has not come by then is not waited for.
    private static let seedLimit = TimeAmount.seconds(10)
    /// How long the ends may take what was written to them, once the relay ends.
    private static let endPatience = TimeAmount.seconds(1)
    /// A second execution that takes longer is cut off.
    private static let duplicateTime = TimeAmount.minutes(10)

    private struct State {
        var nextKey = 0
        var pairs: [Int: NIOLoopBound<RelayPair>] = [:]
        var duplicates = 0
        var isSeeding = false
        var isDraining = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let control: FaultControl
    let metrics = RelayMetrics()
    let ledger: Ledger?
    let runtimePath: String
    let sessions: SessionBoard
    private let group: any EventLoopGroup
    private let state = Mutex(State())

    init(_ control: FaultControl, runtimePath: String, group: any EventLoopGroup, ledger: Ledger? = nil) {
        self.ledger = ledger
        self.control = control
        self.runtimePath = runtimePath
        self.group = group
        sessions = SessionBoard(group: group)
    }

    // MARK: - Connections

    /// A pair for a connection that was just accepted; `nil` when a rule refuses it, or the relay is about to end: then
    /// the client is closed without a byte, and finds whoever listens in its place.
    func accept(on eventLoop: any EventLoop) -> NIOLoopBound<RelayPair>? {
        let decisions = control.decide(connection: nil, .accepted)
        let isRefused = decisions.contains { $0.fault == .refuse && !$0.isDryRun }
        let key = state.withLock { state in
            state.nextKey += 1
            return state.nextKey
        }
        let link = RelayLink(number: key, decider: control, observer: self)
        link.strike(decisions, at: NIODeadline.now().uptimeNanoseconds)
        if isRefused { return nil }
        let bound = NIOLoopBound(RelayPair(link, owner: self, key: key, eventLoop: eventLoop), eventLoop: eventLoop)
        return state.withLock { state in
            guard !state.isDraining else { return nil }
            state.pairs[key] = bound
            return bound
        }
    }

    /// Takes no more connections, and tells the clients of those there are to go elsewhere.
    func drain(grace: Duration) {
        state.withLock { $0.isDraining = true }
        forEach { link, now in
            // Who has not asked anything yet loses nothing; who speaks something else cannot be told.
            if link.mode == .undecided {
                link.commands.append(.close)
            } else {
                link.goAway(.noError, grace: grace, at: now)
            }
        }
    }

    func ended(_ key: Int) {
        let waiters = state.withLock { state in
            state.pairs[key] = nil
            guard state.pairs.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// How many connections there are.
    var count: Int { state.withLock { $0.pairs.count } }

    /// Returns when no connection is left.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.pairs.isEmpty { return true }
                state.waiters.append(continuation)
                return false
            }
            if isEmpty { continuation.resume() }
        }
    }

    /// Does something with every connection, each on its own event loop.
    func forEach(_ body: @escaping @Sendable (RelayLink, UInt64) -> Void) {
        for pair in state.withLock({ Array($0.pairs.values) }) {
            pair.eventLoop.execute { pair.value.withLink(body) }
        }
    }

    /// Takes no more connections and closes those there are; what an end does not take by then is lost.
    func end() {
        let pairs = state.withLock { state in
            state.isDraining = true
            return Array(state.pairs.values)
        }
        for pair in pairs { pair.eventLoop.execute { pair.value.end(patience: Self.endPatience) } }
        sessions.cut()
    }

    /// Closes the connections of a kind, or all.
    func drop(_ connection: CallFacts.Connection?) {
        forEach { link, _ in
            guard connection == nil || link.kind == connection else { return }
            link.commands.append(.close)
        }
    }

    // MARK: - Rules

    func changed(_ change: FaultControl.RuleChange) {
        let control = control
        switch change {
        case .armed(let rule):
            forEach { link, now in
                link.strike(control.decide(connection: link.kind, .present, only: rule), at: now)
            }
            seedIndex()
        case .disarmed(let rule):
            forEach { $0.release(rule: rule, at: $1) }
            sessions.release(rule: rule)
        case .killed:
            forEach { $0.releaseAll(at: $1) }
            sessions.release()
        }
    }

    // MARK: - Calls of the relay's own

    func duplicate(_ request: DuplicateRequest, on eventLoop: any EventLoop) {
        let isAllowed = state.withLock { state in
            guard state.duplicates < Self.duplicateLimit else { return false }
            state.duplicates += 1
            return true
        }
        guard isAllowed else { return }
        let call = OwnCall(headers: request.headers, message: request.message, keepsAnswer: false)
        let path = runtimePath
        let gap = TimeAmount.nanoseconds(Int64(clamping: request.gap.nanosecondsClamped))
        eventLoop.flatScheduleTask(in: gap) { [control] () -> EventLoopFuture<OwnCall> in
            // Whoever killed or disarmed the rule meanwhile has a plain relay.
            guard control.stillWants(request.rule, until: request.end) else {
                return eventLoop.makeFailedFuture(CancellationError())
            }
            return call.run(on: eventLoop, socket: path, limit: Self.duplicateTime)
        }.futureResult.whenComplete { _ in self.state.withLock { $0.duplicates -= 1 } }
    }

    /// Asks the runtime which pods and containers there are (relay-contract 17): rules must know whose an id is.
    func seedIndex() {
        let isFirst = state.withLock { state in
            defer { state.isSeeding = true }
            return !state.isSeeding
        }
        guard isFirst else { return }
        let eventLoop = group.next()
        let lists = ["ListPodSandbox", "ListContainers"].compactMap { Catalog.cri.rpc(named: $0) }
        let answers = lists.map { rpc in
            ownCall(rpc, on: eventLoop).map { call in
                for message in call.messages {
                    self.control.learn(from: rpc, request: [], response: message.messageBytes)
                }
            }
        }
        EventLoopFuture.andAllComplete(answers, on: eventLoop).whenComplete { _ in
            self.state.withLock { $0.isSeeding = false }
        }
    }

    private func ownCall(_ rpc: RPC, on eventLoop: any EventLoop) -> EventLoopFuture<OwnCall> {
        let headers = [
            HeaderField(":method", "POST"), HeaderField(":scheme", "http"), HeaderField(":path", rpc.path),
            HeaderField(":authority", "localhost"), HeaderField("content-type", "application/grpc"),
            HeaderField("user-agent", "crisol"), HeaderField("te", "trailers"),
            HeaderField("grpc-timeout", GRPCTimeout.text(.seconds(10))),
        ]
        let call = OwnCall(headers: headers, message: ByteBuffer(message: []), keepsAnswer: true)
        return call.run(on: eventLoop, socket: runtimePath, limit: Self.seedLimit)
    }
}

extension RelayOwner: LinkObserver {
    func callEnded(_ record: CallRecord) {
        metrics.count(record)
        ledger?.append(record)
    }

    func connectionStruck(_ number: Int, _ decisions: [Decision]) { ledger?.append(decisions, connection: number) }

    func openSession(_ url: String, _ fault: ByteFault, _ decision: Decision) -> String? {
        sessions.open(url, fault, decision)
    }
}
