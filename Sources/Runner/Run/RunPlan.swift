public import CRICatalog
public import Outcome
public import SuiteLanguage

/// What a run is asked to do.
public struct RunPlan: Sendable {
    /// The cases to judge, in the order they are reported.
    public var cases: [Case]
    /// How many cases work at a time.
    public var parallel: Int
    /// Bound on the whole run; cases that are at work then are ended, and cases that did not begin are not run.
    public var timeout: Duration?
    /// The command line, word by word, for the report.
    public var command: [String]
    /// The command that runs one case again, without the case's id.
    public var rerunPrefix: String
    /// The `--runtime-handler` of every sandbox; empty for the runtime's default.
    public var runtimeHandler: String
    /// What is known to be broken and accepted.
    public var known: [KnownDifference]
    /// Whether the first failure is the last case to begin.
    public var failFast: Bool
    /// Verdicts that fail the run as a broken must does.
    public var failOn: Set<Verdict>
    /// The Kubernetes minor the runtime is judged for; `nil` asks the runtime.
    public var target: KubernetesMinor?
    /// How often every case is judged.
    public var rounds: Int
    /// Whether every case that passes is shown to be able to fail.
    public var proves: Bool

    /// Creates a plan.
    public init(
        cases: [Case],
        parallel: Int,
        timeout: Duration? = nil,
        command: [String],
        rerunPrefix: String,
        runtimeHandler: String = "",
        known: [KnownDifference] = [],
        failFast: Bool = false,
        failOn: Set<Verdict> = [],
        target: KubernetesMinor? = nil,
        rounds: Int = 1,
        proves: Bool = false
    ) {
        self.cases = cases
        self.parallel = max(1, parallel)
        self.timeout = timeout
        self.command = command
        self.rerunPrefix = rerunPrefix
        self.runtimeHandler = runtimeHandler
        self.known = known
        self.failFast = failFast
        self.failOn = failOn
        self.target = target
        self.rounds = max(1, rounds)
        self.proves = proves
    }
}
