import CRICatalog
import FaultModel
import Foundation
import Synchronization

@testable import FaultProxy

/// A plan whose rules the test sets, and a board that reads texts of the form `id method fault`, a line each.
final class TestPlan: Sendable {
    private let state = Mutex<Result<[FaultRule], PlanProblem>>(.success([]))

    var source: PlanSource {
        PlanSource(name: "plan.yaml") { () throws(PlanProblem) in try self.state.withLock { $0 }.get() }
    }

    func set(_ rules: [FaultRule]) { state.withLock { $0 = .success(rules) } }

    func spoil(_ lines: [String]) { state.withLock { $0 = .failure(PlanProblem(lines)) } }

    static func rule(_ id: String, _ method: String = "Status", _ fault: Fault = .late, ttl: Duration = .seconds(600))
        -> FaultRule
    {
        FaultRule(id, Match(methods: [Glob(method)], includesNodeCalls: true), FaultSequence(fault), ttl: ttl)
    }

    @Sendable static func read(_ text: RuleText) throws(PlanProblem) -> RuleText.Reading {
        var rules: [FaultRule] = []
        for (number, line) in text.text.split(separator: "\n").enumerated() {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, let sequence = try? FaultSequence(words[2]) else {
                throw PlanProblem(["\(text.name):\(number + 1):1: error: this is no rule"])
            }
            rules.append(
                FaultRule(words[0], Match(methods: [Glob(words[1])], includesNodeCalls: true), sequence)
            )
        }
        return RuleText.Reading(rules)
    }
}

extension RuleBoard {
    convenience init(_ plan: TestPlan? = nil, seed: UInt64 = 0, isDryRun: Bool = false) {
        self.init(FaultControl(seed: seed), plan: plan?.source, isDryRun: isDryRun, reader: TestPlan.read)
    }

    var live: [String] { control.reports.filter(\.isLive).map(\.rule) }
}
