internal import FaultModel
internal import Foundation

/// What does not change while a proxy runs.
public struct ProxyFacts: Sendable {
    /// The program's version.
    public var program: String
    /// The path it listens on.
    public var listen: String
    /// The path of the runtime's socket.
    public var upstream: String
    /// The path of the ledger, if there is one.
    public var ledger: String?
    /// The path of the ledger whose decisions are made again, if there is one.
    public var replay: String?
    /// When it began, in milliseconds since 1970.
    public var began: Int64

    /// Creates facts.
    public init(
        program: String,
        listen: String,
        upstream: String,
        ledger: String? = nil,
        replay: String? = nil,
        began: Int64
    ) {
        self.program = program
        self.listen = listen
        self.upstream = upstream
        self.ledger = ledger
        self.replay = replay
        self.began = began
    }
}

extension ControlMessages.Status {
    /// How a proxy stands now.
    public init(_ facts: ProxyFacts, _ relay: Relay, _ board: RuleBoard, isDraining: Bool) {
        let live = board.control.reports.filter(\.isLive)
        let end = live.map(\.remaining).max().map { Date(timeIntervalSinceNow: $0.seconds) }
        self.init(
            version: facts.program,
            pid: getpid(),
            since: ControlMessages.text(Date(timeIntervalSince1970: Double(facts.began) / 1000)),
            listen: "unix://\(facts.listen)",
            upstream: "unix://\(facts.upstream)",
            connections: relay.connections,
            seed: "\(board.control.seed)",
            dryRun: board.isDryRun,
            draining: isDraining,
            liveRules: live.count,
            until: end.map(ControlMessages.text),
            plan: board.planState.map { state in
                ControlMessages.Plan(
                    name: board.plan?.name ?? "",
                    loads: state.loads,
                    failures: state.failures,
                    problem: state.lastProblem?.description
                )
            },
            killedBy: board.killedBy,
            held: board.holder,
            ledger: facts.ledger.map { path in
                let report = relay.ledgerReport ?? LedgerReport()
                return ControlMessages.Ledger(
                    path: path,
                    written: report.written,
                    dropped: report.dropped,
                    failed: report.failed,
                    lastError: report.lastError
                )
            },
            replay: facts.replay
        )
    }
}
