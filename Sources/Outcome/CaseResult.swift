/// What became of one case: the verdict with everything that supports it.
public struct CaseResult: Codable, Sendable, Hashable {
    /// The stable id, `sandbox.stop.idempotent`.
    public var id: String
    /// The suite it belongs to.
    public var suite: String
    /// The sentence the case proves.
    public var title: String
    /// How strongly the contract depends on it.
    public var level: Level
    /// What was found.
    public var verdict: Verdict
    /// How long the case took, in seconds.
    public var seconds: Double
    /// One line on why the verdict is what it is; empty for a pass.
    public var reason: String
    /// Where the requirement comes from.
    public var source: [String]
    /// What breaks in practice when this is broken.
    public var why: String?
    /// Words to select by.
    public var labels: [String]
    /// Where the case stands in its suite file, `suites/conformance/exec.yaml:9`.
    public var position: String
    /// The step that broke, when one did.
    public var failure: Failure?
    /// What else a runtime developer needs: container log, runtime log, leaks, calls in flight.
    public var evidence: [Evidence]
    /// Every CRI call the case made, in the order they were sent.
    public var calls: [CallEntry]
    /// Values the author asked to show, judged by nothing, by name.
    public var recorded: [String: String]
    /// A command that runs just this case again.
    public var rerun: String?
    /// How often each verdict came, when the case was judged more than once; `verdict` is then the worst of them.
    public var rounds: [String: Int]?
    /// Whether it could have failed, when that was looked at.
    public var proof: CaseProof?
    /// What makes it fail beside what it proves, if anything does.
    public var trouble: Trouble?

    /// What fails a case at any level, whatever it proves: no known difference of that is meant by it.
    public enum Trouble: String, Codable, Sendable, Hashable {
        /// Something it made was still there after its removal.
        case leak
        /// The runtime died while it was at work.
        case death
        /// A default fixture could not be made.
        case setUp = "set-up"
    }

    /// Creates a result; what is not given is empty.
    public init(
        id: String,
        suite: String,
        title: String,
        level: Level,
        verdict: Verdict,
        seconds: Double = 0,
        reason: String = "",
        source: [String] = [],
        why: String? = nil,
        labels: [String] = [],
        position: String = "",
        failure: Failure? = nil,
        evidence: [Evidence] = [],
        calls: [CallEntry] = [],
        recorded: [String: String] = [:],
        rerun: String? = nil,
        rounds: [String: Int]? = nil,
        proof: CaseProof? = nil,
        trouble: Trouble? = nil
    ) {
        self.id = id
        self.suite = suite
        self.title = title
        self.level = level
        self.verdict = verdict
        self.seconds = seconds
        self.reason = reason
        self.source = source
        self.why = why
        self.labels = labels
        self.position = position
        self.failure = failure
        self.evidence = evidence
        self.calls = calls
        self.recorded = recorded
        self.rerun = rerun
        self.rounds = rounds
        self.proof = proof
        self.trouble = trouble
    }

    /// What the reason of a case begins with that a profile knows to be broken.
    public static let knownPrefix = "known: "
    /// Whether it is red for what a profile knows.
    public var isKnown: Bool { verdict == .deviation && reason.hasPrefix(Self.knownPrefix) }

    /// Whether it has one of the verdicts of `--fail-on`. A difference that a profile knows is accepted, and is not asked.
    public func isCaught(by failOn: some Collection<Verdict>) -> Bool { !isKnown && failOn.contains(verdict) }

    /// Whether this case alone makes the run's verdict `fail`.
    public var breaksTheRun: Bool { verdict == .fail || (verdict == .ignored && level == .must) }
}

/// The step that broke a case and each expectation of it that did not hold.
public struct Failure: Codable, Sendable, Hashable {
    /// The step's number in its case, from 1.
    public var step: Int
    /// What the step does, `call ExecSync`.
    public var action: String
    /// Where the broken expectation (or the step) stands: `file:line:column`.
    public var position: String
    /// What did not hold.
    public var breaches: [Breach]
    /// What else belongs to it: how often it was tried and what was seen at first.
    public var note: String?

    /// Creates a failure.
    public init(step: Int, action: String, position: String, breaches: [Breach], note: String? = nil) {
        self.note = note
        self.step = step
        self.action = action
        self.position = position
        self.breaches = breaches
    }
}

/// One expectation that did not hold.
public struct Breach: Codable, Sendable, Hashable {
    /// The path that was read, `status.state`.
    public var path: String
    /// What the case wants there, in words.
    public var expected: String
    /// What was there.
    public var actual: String
    /// Where the expectation stands: `file:line:column`.
    public var position: String

    /// Creates a breach.
    public init(path: String, expected: String, actual: String, position: String) {
        self.path = path
        self.expected = expected
        self.actual = actual
        self.position = position
    }
}

/// A titled piece of text that supports a verdict.
public struct Evidence: Codable, Sendable, Hashable {
    /// What it shows.
    public var title: String
    /// The text, capped by whoever made it, with the cap stated in it.
    public var text: String

    /// Creates a piece of evidence.
    public init(title: String, text: String) {
        self.title = title
        self.text = text
    }
}

/// One CRI call as reports show it; secrets are already redacted.
public struct CallEntry: Codable, Sendable, Hashable {
    /// The call's number in the run.
    public var number: Int
    /// The RPC's name.
    public var rpc: String
    /// The gRPC code's name, `NOT_FOUND`.
    public var code: String
    /// The status message.
    public var message: String
    /// Who gave the status: `runtime`, `deadline`, `cancelled`, `transport`, `limit`.
    public var source: String
    /// When it was sent: seconds since the run began.
    public var sentAt: Double
    /// How long the answer took, in seconds.
    public var seconds: Double
    /// The request in proto3 JSON, capped.
    public var request: String
    /// The response (of a server stream: one message a line) in proto3 JSON, capped.
    public var response: String

    /// Creates an entry.
    public init(
        number: Int,
        rpc: String,
        code: String,
        message: String,
        source: String,
        sentAt: Double,
        seconds: Double,
        request: String,
        response: String
    ) {
        self.number = number
        self.rpc = rpc
        self.code = code
        self.message = message
        self.source = source
        self.sentAt = sentAt
        self.seconds = seconds
        self.request = request
        self.response = response
    }
}

extension Failure {
    /// The first broken expectation in one line.
    public var reason: String {
        guard let first = breaches.first else { return action }
        let more = breaches.count > 1 ? " (and \(breaches.count - 1) more)" : ""
        return "\(action): \(first.path) expected \(first.expected), got \(first.actual)\(more)"
    }
}
