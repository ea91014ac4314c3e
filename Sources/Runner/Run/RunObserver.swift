public import Outcome

/// Follows a run while it goes on: progress on a terminal, plain lines elsewhere.
public protocol RunObserver: Sendable {
    /// The run begins; the environment is what is known by now.
    func began(_ environment: Environment, caseCount: Int, rounds: Int)
    /// Something worth a line: a probe's answer, a warning.
    func note(_ text: String)
    /// A case began to work.
    func caseBegan(_ id: String)
    /// A case has its verdict.
    func caseEnded(_ result: CaseResult, done: Int, of total: Int)
}
