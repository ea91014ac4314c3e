import ArgumentParser
import FaultModel
import FaultProxy
import SuiteLanguage

/// What the options of a proxy say about its rules.
struct ProxyRules {
    private let command: ProxyCommand
    private let file: PlanFile?

    /// - Throws: `ValidationError` when there is no such preset.
    init(_ command: ProxyCommand) throws {
        self.command = command
        let parameters = try command.planOptions.parameters()
        if let preset = command.preset {
            file = .preset(try Presets.named(preset), parameters)
        } else {
            file = command.plan.map { .file($0, parameters) }
        }
    }

    /// The board, with the plan read once but not put in force.
    ///
    /// - Throws: `PlanProblem`, also for a ledger that cannot be replayed.
    func board() throws(PlanProblem) -> RuleBoard {
        let plan = try file?.read()
        let recorded = try recordedRun()
        let protection = plan?.protection ?? Protection()
        let seed = command.seed ?? recorded?.seed ?? plan?.seed ?? 0
        let control = FaultControl(seed: seed, protection: protection, replay: recorded?.replay)
        if let plan { try Self.compare(recorded, plan) }
        return Self.board(control, protection, source(plan, recorded), command)
    }

    /// The board of a proxy that relays although what its options say about rules cannot be had: nothing is in force. A
    /// plan that is right later can be put in force by reloading it.
    static func boardWithoutRules(_ command: ProxyCommand) -> RuleBoard {
        let control = FaultControl(seed: command.seed ?? 0)
        let rules = try? ProxyRules(command)
        guard command.replay != nil, let file = rules?.file else {
            return board(control, Protection(), rules?.source(nil, nil), command)
        }
        // Without the replay the plan's rules would hit other calls than was asked for.
        let source = PlanSource(name: file.name) { () throws(PlanProblem) in
            throw PlanProblem(["\(file.name): a replay counts from the start on; restart the proxy to begin it"])
        }
        return board(control, Protection(), source, command)
    }

    private static func board(
        _ control: FaultControl,
        _ protection: Protection,
        _ plan: PlanSource?,
        _ command: ProxyCommand
    ) -> RuleBoard {
        RuleBoard(control, plan: plan, isDryRun: command.dryRun) { text throws(PlanProblem) in
            try PlanFile.reading(text, seed: control.seed, protection: protection)
        }
    }

    private func recordedRun() throws(PlanProblem) -> RecordedRun? {
        guard let path = command.replay else { return nil }
        do { return try RecordedRun(ledger: path) } catch { throw PlanProblem([error.description]) }
    }

    /// - Parameter first: the plan at the start; `nil` when it could not be read then.
    private func source(_ first: FaultPlan?, _ recorded: RecordedRun?) -> PlanSource? {
        guard let file else { return nil }
        return PlanSource(name: file.name) { () throws(PlanProblem) in
            let plan = try file.read()
            guard plan.protection == first?.protection, plan.seed == first?.seed else {
                throw PlanProblem([
                    "\(file.name): 'seed' and 'protect' count from the start on; restart the proxy to change them"
                ])
            }
            try Self.compare(recorded, plan)
            return plan.rules
        }
    }

    private static func compare(_ recorded: RecordedRun?, _ plan: FaultPlan) throws(PlanProblem) {
        let differences = recorded?.differences(from: plan.rules) ?? []
        guard differences.isEmpty else {
            throw PlanProblem(differences + ["a ledger is replayed with the plan it was written under"])
        }
    }
}
