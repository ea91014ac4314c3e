import FaultModel
import FaultProxy
import SuiteLanguage

/// A plan that is read now and may be read again.
enum PlanFile: Sendable {
    case file(String, [String: String])
    case preset(NamedPlan, [String: String])

    /// What people know it by.
    var name: String {
        switch self {
        case .file(let path, _): path
        case .preset(let plan, _): plan.presetName
        }
    }

    /// Reads and checks it.
    ///
    /// - Throws: what is wrong with it, each line with its position.
    func read() throws(PlanProblem) -> FaultPlan {
        switch self {
        case .preset(let plan, let parameters): return try Self.plan(plan.text, plan.name, parameters)
        case .file(let path, let parameters):
            let text: String
            do { text = try FaultPlanReader.text(ofFile: path) } catch { throw PlanProblem([error.description]) }
            return try Self.plan(text, path, parameters)
        }
    }

    private static func plan(_ text: String, _ name: String, _ parameters: [String: String]) throws(PlanProblem)
        -> FaultPlan
    {
        let (plan, diagnostics) = FaultPlanReader().read(text: text, file: name, parameters: parameters)
        guard let plan else { throw problem(diagnostics, text) }
        return plan
    }

    /// Reads what is to be armed by hand: a plan, or one rule as it stands in a plan.
    ///
    /// - Throws: what is wrong with it, and a plan that wants pods spared that this proxy does not spare.
    static func reading(_ text: RuleText, seed: UInt64, protection: Protection) throws(PlanProblem) -> RuleText.Reading
    {
        if text.parameters.isEmpty {
            let (rule, diagnostics) = FaultPlanReader().readRule(text: text.text, file: text.name)
            if let rule { return RuleText.Reading([rule]) }
            // What has no rules in it was meant as one.
            if text.text.firstRange(of: /(^|[\n{,"'])\s*rules["']?\s*:/) == nil {
                throw problem(diagnostics, text.text)
            }
        }
        let plan = try plan(text.text, text.name, text.parameters)
        var notes: [String] = []
        if let wanted = plan.seed, wanted != seed {
            notes.append("the plan's seed \(wanted) is not used: this proxy was started with \(seed)")
        }
        if let wanted = plan.protection, wanted != protection {
            guard wanted.namespaces.isSubset(of: protection.namespaces),
                protection.coversStaticPods || !wanted.coversStaticPods
            else {
                throw PlanProblem([
                    "\(text.name): the plan protects pods that this proxy does not; start a proxy with it (--plan)"
                ])
            }
            notes.append("the plan's 'protect' is not used: this proxy protects more")
        }
        return RuleText.Reading(plan.rules, notes: notes)
    }

    private static func problem(_ diagnostics: [Diagnostic], _ text: String) -> PlanProblem {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return PlanProblem(diagnostics.map { $0.render(lines: lines) })
    }
}
