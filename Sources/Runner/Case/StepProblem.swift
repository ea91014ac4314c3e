import Outcome
import SuiteLanguage

/// Why a case ended before its last step.
enum StepProblem: Error, Sendable {
    /// An expectation broke; what was seen at each broken path, for the control run to compare with.
    case broken(Failure, observed: [String: Lookup])
    /// What a step looked for is not there although the runtime says it is; becomes `broken`, with the step's place.
    case absent(path: String, expected: String, actual: String)
    /// What an action of a stream waited for did not come; becomes `broken`, with the action's place.
    case awaited(StreamAction, String, String)
    /// A fixture with its defaults could not be made.
    case setUp(Failure)
    /// The runtime says that it does not offer this.
    case unsupported(String)
    /// This host cannot show it.
    case notApplicable(String)
    /// The harness itself failed.
    case harness(String)
}

/// How a case's steps ended.
enum CaseEnd: Sendable {
    case held
    case problem(StepProblem)
    case timedOut
    case interrupted
}

extension [Mismatch] {
    /// What was seen at each path.
    var observed: [String: Lookup] {
        Dictionary(map { ($0.path, $0.seen) }, uniquingKeysWith: { first, _ in first })
    }
}
