/// The verdict of a whole run.
public enum RunVerdict: String, Codable, Sendable, Hashable {
    case pass
    case fail
    /// Nothing bad is known of the runtime, but some cases could not be judged: the harness failed, or the run ended
    /// before their turn.
    case error
    /// Not one case was judged; never shown as good.
    case nothingRan = "nothing-ran"
    /// A signal ended the run before all selected cases were judged.
    case interrupted

    /// The verdict that follows from the cases.
    ///
    /// A broken must counts also beside errors and in an interrupted run: what was seen was seen.
    ///
    /// - Parameters:
    ///   - incomplete: cases could not be judged for a reason that lies with neither the runtime nor the case, such as a
    ///     node that cannot reach the test images, or the time for the run.
    ///   - leaked: something was left on the node that no case answers for.
    public init(cases: [CaseResult], interrupted: Bool, incomplete: Bool = false, leaked: Bool = false) {
        if leaked || cases.contains(where: \.breaksTheRun) {
            self = .fail
        } else if interrupted {
            self = .interrupted
        } else if incomplete || cases.contains(where: { $0.verdict == .error }) {
            self = .error
        } else if !cases.contains(where: \.verdict.isJudgement) {
            self = .nothingRan
        } else {
            self = .pass
        }
    }

    /// The exit code that belongs to the verdict; `signal` is what interrupted the run, if anything did.
    public func exitCode(signal: Int32? = nil) -> Int32 {
        if let signal { return 128 + signal }
        switch self {
        case .pass: return ExitCodes.good
        case .fail: return ExitCodes.badVerdict
        case .error, .nothingRan, .interrupted: return ExitCodes.couldNotJudge
        }
    }

    /// The word of the verdict line.
    public var word: String {
        switch self {
        case .pass: "PASS"
        case .fail: "FAIL"
        case .error: "ERROR"
        case .nothingRan: "NOTHING RAN"
        case .interrupted: "INTERRUPTED"
        }
    }
}

/// The exit codes of every command.
public enum ExitCodes {
    /// The work was done and nothing bad was found.
    public static let good: Int32 = 0
    /// A bad verdict: a must is broken, something leaked, or a case has a verdict of `--fail-on`.
    public static let badVerdict: Int32 = 1
    /// Wrong usage, or a bad suite.
    public static let wrongUsage: Int32 = 2
    /// No verdict could be reached.
    public static let couldNotJudge: Int32 = 3
}
