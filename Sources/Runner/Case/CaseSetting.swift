import CRICatalog
import HostProbe
import SuiteLanguage
import TestImages

/// What does not change while one case is at work.
struct CaseSetting: Sendable {
    let item: Case
    let context: RunContext
    let facts: RuntimeFacts
    let slack: Double
    /// Whether the runtime shares this host.
    let looksAtNode: Bool
    /// Why containers of the test image cannot be made, when they cannot.
    let imageProblem: String?
    /// The case's own mark.
    let token: String
    /// What a control run leaves out; `nil` for the case as it is written.
    let omission: Omission?
    /// Whether every expectation that holds is tried on wrong values too.
    let proves: Bool

    init(
        _ item: Case,
        context: RunContext,
        facts: RuntimeFacts,
        slack: Double,
        looksAtNode: Bool,
        imageProblem: String?,
        omission: Omission? = nil,
        proves: Bool = false
    ) {
        self.item = item
        self.context = context
        self.facts = facts
        self.slack = slack
        self.looksAtNode = looksAtNode
        self.imageProblem = imageProblem
        self.omission = omission
        self.proves = proves
        token = CaseRun.randomWord(12)
    }

    /// What fixtures are made of.
    var defaults: FixtureDefaults { FixtureDefaults(context: context, facts: facts, caseToken: token) }

    /// What the language's own names stand for.
    var builtIns: [String: Value] {
        func record(_ type: String, _ fields: [String: Value]) -> Value { .record(Record(type: type, fields: fields)) }
        return [
            "unknown": record(
                "unknown",
                [
                    "id": .text(CaseRun.randomWord(64)),
                    "image": .text("\(context.registry.address)/\(context.repositoryPrefix)/never-existed:1"),
                ]
            ),
            "node": record("node", ["platform": .text(context.node.platform)]),
            "case": record("case", ["labels": .map(defaults.labels)]),
            "image": record(
                "image",
                ["agent": record("ImageSpec", ["image": .text(context.agentReference)])]
            ),
        ]
    }
}
