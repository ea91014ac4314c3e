internal import NIOCore
internal import NIOPosix

/// A connection to a streaming server, from dialling to its end: the way to a ``ConnectionCore`` from any task.
final class StreamConnection: Sendable {
    /// How long an orderly close may take before the socket is closed anyway.
    private static let closePatience = Duration.seconds(1)

    let options: StreamingOptions
    let receiveBudget: ReceiveBudget
    private let dialer: StreamDialer
    private let plan: UpgradePlan
    private let sendBudget: SendBudget
    private let core: NIOLoopBoundBox<ConnectionCore>
    let upgraded: Arrival<UpgradePlan.Verdict>
    private let gone: Arrival<Void>

    private var eventLoop: any EventLoop { dialer.eventLoop }

    /// Nothing is dialled yet.
    ///
    /// - Parameters:
    ///   - budget: counts the received bytes that wait, in the sinks of the entries too.
    ///   - entries: the streams that exist from the beginning.
    ///   - makeCarrier: makes what speaks the sub-protocol that the server has chosen.
    init(
        _ plan: UpgradePlan,
        options: StreamingOptions,
        budget: ReceiveBudget,
        entries: [StreamKey: ConnectionCore.Entry],
        makeCarrier: @escaping ConnectionMachine.CarrierMaker
    ) throws(StreamingError) {
        self.plan = plan
        self.options = options
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        dialer = try StreamDialer(plan.address, options: options, on: eventLoop)
        receiveBudget = budget
        sendBudget = SendBudget(limit: options.sendBuffer, piece: options.largestWrite)
        let core = ConnectionCore(
            ConnectionMachine(plan, limits: options.limits, makeCarrier: makeCarrier),
            on: eventLoop,
            receiveBudget: budget,
            sendBudget: sendBudget,
            entries: entries
        )
        upgraded = core.upgraded
        gone = core.gone
        let box = NIOLoopBoundBox.makeBoxSendingValue(core, eventLoop: eventLoop)
        self.core = box
        // Weak, because the core holds the budget.
        budget.whenRoom { [weak box] in eventLoop.execute { [weak box] in box?.value.resumeReading() } }
    }

    // MARK: - The connection

    /// Connects, opens a session and runs `body` with it; the connection is closed afterwards, whatever happens.
    func use<Session: Sendable, R: Sendable>(
        _ open: (StreamNegotiation) async throws(StreamingError) -> Session,
        _ body: (Session) async throws -> R
    ) async throws -> StreamingOutcome<R> {
        do {
            let outcome: StreamingOutcome<R>
            switch try await connect() {
            case .notOffered(let negotiation): outcome = .notOffered(negotiation)
            case .accepted(let negotiation):
                startKeepAlive()
                outcome = .completed(try await body(open(negotiation)))
            }
            await close()
            return outcome
        } catch {
            await close()
            throw error
        }
    }

    /// Dials and waits for the verdict on the upgrade.
    func connect() async throws(StreamingError) -> UpgradePlan.Verdict {
        eventLoop.execute { [dialer, core, plan] in dialer.dial(core.value, request: plan.request) }
        return try await upgraded.wait()
    }

    func startKeepAlive() {
        guard let interval = options.keepAlive else { return }
        eventLoop.execute { [core] in core.value.startKeepAlive(every: interval) }
    }

    /// Takes leave of the server and returns when the socket is closed.
    func close() async {
        eventLoop.execute { [core] in core.value.close(patience: Self.closePatience) }
        await gone.waitRegardless()
    }

    /// Closes the socket without a word.
    func drop(resetting: Bool) async {
        eventLoop.execute { [core] in core.value.drop(resetting: resetting) }
        await gone.waitRegardless()
    }

    /// Waits until the socket is closed, by whichever side.
    func waitUntilGone() async throws(StreamingError) { try await gone.wait() }

    func counters() async -> StreamingCounters { await onLoop { $0.counters } }

    func farewell() async -> PeerFarewell? { await onLoop { $0.farewell } }

    // MARK: - Streams

    /// Opens a stream; the entry hears what becomes of it.
    func open(_ headers: [SPDYHeader], _ entry: ConnectionCore.Entry) async throws(StreamingError) -> StreamKey {
        try await attempt { [options] (core) throws(StreamingError) in
            try core.open(headers, entry, timeout: options.openTimeout)
        }
    }

    /// Writes bytes in pieces, each when there is room for it.
    func write(_ bytes: [UInt8], on key: StreamKey) async throws(StreamingError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(options.largestWrite))
            rest = rest.dropFirst(piece.count)
            try await sendBudget.takeTurn()
            try await attempt { [sendBudget] (core) throws(StreamingError) in
                do throws(StreamingError) {
                    try core.send({ (carrier) throws(StreamingError) in try carrier.data(piece, on: key) }) {
                        sendBudget.giveBack()
                    }
                } catch {
                    sendBudget.giveBack()
                    throw error
                }
            }
        }
    }

    /// Ends our direction of a stream, behind what was written.
    func finish(_ key: StreamKey) async throws(StreamingError) {
        try await attempt { (core) throws(StreamingError) in
            try core.send({ (carrier) throws(StreamingError) in try carrier.finish(key) }) {}
        }
    }

    /// Gives both directions of a stream up.
    func giveUp(_ key: StreamKey) async throws(StreamingError) {
        try await attempt { (core) throws(StreamingError) in try core.giveUp(key) }
    }

    /// Ends waits for streams that are there from the beginning and that the server does not get ready in time.
    func expire(_ arrivals: [Arrival<Void>], after timeout: Duration) async {
        await onLoop { core in
            _ = core.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
                let text = "the server did not get a stream ready within \(DurationText.render(timeout))"
                for arrival in arrivals { arrival.arrive(.failure(StreamingError(.timedOut, text))) }
            }
        }
    }

    // MARK: - The event loop

    private func onLoop<R: Sendable>(_ body: @escaping @Sendable (ConnectionCore) -> R) async -> R {
        await withCheckedContinuation { continuation in
            eventLoop.execute { [core] in continuation.resume(returning: body(core.value)) }
        }
    }

    private func attempt<R: Sendable>(
        _ body: @escaping @Sendable (ConnectionCore) throws(StreamingError) -> R
    ) async throws(StreamingError) -> R {
        try await onLoop { core in
            do throws(StreamingError) { return Result<R, StreamingError>.success(try body(core)) } catch {
                return .failure(error)
            }
        }.get()
    }
}
