/// What was found out about one case.
///
/// The words are those of the reports; `Verdict.allCases` is also the order in which summaries name them.
public enum Verdict: String, Codable, Sendable, Hashable, CaseIterable {
    /// The runtime broke what the case proves; at any level when something leaked, the runtime died, or a default
    /// fixture could not be made.
    case fail
    /// Accepted and silently not done, shown by a control run without the field.
    case ignored
    /// The harness itself failed, so nothing is known about the runtime.
    case error
    /// Broke a should or a may, or a known difference accepted in a profile.
    case deviation
    /// Every expectation held.
    case pass
    /// The runtime says that it does not offer this.
    case unsupported
    /// This host cannot show it.
    case notApplicable = "not-applicable"
    /// Not looked at, with why: blocked by a red case it stands on, interrupted, filtered by time.
    case notRun = "not-run"

    /// What it says of a case, in a line of help.
    public var meaning: String {
        switch self {
        case .fail: "a must is broken, something leaked, or the runtime died"
        case .ignored: "accepted and silently not done; breaks a must as fail does"
        case .error: "crisol itself failed, so nothing is known"
        case .deviation: "a should or may is broken, or a difference is known"
        case .pass: "every expectation held"
        case .unsupported: "the runtime says that it does not offer this"
        case .notApplicable: "this host cannot show it"
        case .notRun: "no turn, and why: a red case it needs, a signal, the time"
        }
    }

    /// Whether the case said something about the runtime.
    public var isJudgement: Bool {
        switch self {
        case .pass, .fail, .deviation, .ignored: true
        case .error, .unsupported, .notApplicable, .notRun: false
        }
    }

    /// Whether a case that stands on this one is blocked.
    public var blocks: Bool { self != .pass && self != .deviation }
}

/// How strongly the CRI contract, or a branch in kubelet's code, depends on what a case proves.
public enum Level: String, Codable, Sendable, Hashable, CaseIterable {
    case must, should, may
}
