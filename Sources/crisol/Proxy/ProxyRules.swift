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
        return RuleBoard(control, plan: try source(plan, recorded), isDryRun: command.dryRun) {
            text throws(PlanProblem) in
            try PlanFile.reading(text, seed: seed, protection: protection)
        }
    }

    private func recordedRun() throws(PlanProblem) -> RecordedRun? {
        guard let path = command.replay else { return nil }
        do { return try RecordedRun(ledger: path) } catch { throw PlanProblem([error.description]) }
    }

    private func source(_ first: FaultPlan?, _ recorded: RecordedRun?) throws(PlanProblem) -> PlanSource? {
        guard let file, let first else { return nil }
        try Self.compare(recorded, first)
        return PlanSource(name: file.name) { () throws(PlanProblem) in
            let plan = try file.read()
            guard plan.protection == first.protection, plan.seed == first.seed else {
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
