/// Verdicts, the versioned results model and what is computed from it: what every command produces and every report
/// is made of.
public struct Results: Codable, Sendable, Hashable {
    /// The schema this version of crisol writes.
    public static let currentSchema = "crisol.results/1"

    /// The name and version of this format.
    public var schema: String
    /// What the run comes to.
    public var verdict: RunVerdict
    /// How many cases got each verdict, every verdict named.
    public var summary: [String: Int]
    /// What was judged, where and how.
    public var environment: Environment
    /// Every selected case, in the order of the suites.
    public var cases: [CaseResult]
    /// What was seen during the run and belongs to no single case.
    public var findings: [Finding]
    /// The verdicts of `--fail-on`: a case with one of them fails the run too, unless a profile knows of it.
    public var failOn: [Verdict]?
    /// What the run would have come to without `--fail-on`, where that makes the difference.
    public var withoutFailOn: RunVerdict?

    /// Creates the results of a run; verdict and summary are computed from the cases.
    ///
    /// - Parameters:
    ///   - incomplete: cases could not be judged for a reason that lies with neither the runtime nor the case.
    ///   - leaked: something was left on the node that no case answers for; a finding says what.
    ///   - failOn: verdicts that fail the run too. What was not run because of a signal is no such case.
    public init(
        environment: Environment,
        cases: [CaseResult],
        findings: [Finding] = [],
        interrupted: Bool = false,
        incomplete: Bool = false,
        leaked: Bool = false,
        failOn: Set<Verdict> = []
    ) {
        schema = Self.currentSchema
        let counted = interrupted ? failOn.subtracting([.notRun]) : failOn
        let plain = RunVerdict(cases: cases, interrupted: interrupted, incomplete: incomplete, leaked: leaked)
        // Like a broken must it counts also beside errors: who tries again after a 3 must not miss it.
        let isCaught = cases.contains { $0.isCaught(by: counted) }
        verdict = isCaught ? .fail : plain
        withoutFailOn = isCaught && plain != .fail ? plain : nil
        self.failOn = counted.isEmpty ? nil : Verdict.allCases.filter(counted.contains)
        var counts = Dictionary(uniqueKeysWithValues: Verdict.allCases.map { ($0.rawValue, 0) })
        for result in cases { counts[result.verdict.rawValue, default: 0] += 1 }
        summary = counts
        self.environment = environment
        self.cases = cases
        self.findings = findings
    }

    /// The one line a run ends with: `crisol: FAIL  2 fail, 3 deviation, 117 pass of 142 (containerd 1.6.20, 31 s)`.
    public var verdictLine: String {
        var parts = Verdict.allCases.compactMap { verdict -> String? in
            guard let count = summary[verdict.rawValue], count > 0 else { return nil }
            return "\(count) \(verdict.rawValue)"
        }
        if parts.isEmpty { parts = ["no case"] }
        var about: [String] = []
        if !environment.runtime.isEmpty { about.append(environment.runtime) }
        about.append("\(Self.whole(environment.seconds)) s")
        return
            "crisol: \(verdict.word)  \(parts.joined(separator: ", ")) of \(cases.count) (\(about.joined(separator: ", ")))"
    }

    /// A number from a file may be any; one that is no time is shown as it is.
    private static func whole(_ seconds: Double) -> String {
        Int(exactly: seconds.rounded()).map(String.init) ?? "\(seconds)"
    }

    /// Whether this case makes the run's verdict `fail`: by itself, or because of `--fail-on`.
    public func isDecided(by result: CaseResult) -> Bool {
        result.breaksTheRun || result.isCaught(by: failOn ?? [])
    }

    /// The verdict in a plain sentence: crisol worked, and this is what it found out.
    public var sentence: String {
        let caught = cases.filter { isDecided(by: $0) && !$0.breaksTheRun }
        guard !caught.isEmpty else { return plainSentence }
        let seen = Set(caught.map(\.verdict))
        let words = Verdict.allCases.filter(seen.contains).map(\.rawValue).joined(separator: ", ")
        let count = caught.count == 1 ? "1 case has" : "\(caught.count) cases have"
        return "\(plainSentence.dropLast()), and \(count) a verdict of --fail-on (\(words))."
    }

    /// The same as if there were no `--fail-on`.
    private var plainSentence: String {
        let runtime = environment.runtime.isEmpty ? "this runtime" : environment.runtime
        let broken = cases.filter(\.breaksTheRun)
        let musts = broken.count { $0.level == .must }
        // Below a must only a leak, a dead runtime or a default fixture that cannot be made is a failure.
        let others = broken.count - musts
        switch withoutFailOn ?? verdict {
        case .pass:
            return "crisol worked, and \(runtime) kept every must it was asked about\(apart)."
        case .fail:
            var parts: [String] = []
            if musts > 0 { parts.append("breaks \(musts) \(musts == 1 ? "must" : "musts")") }
            if others > 0 { parts.append("fails \(others) more \(others == 1 ? "case" : "cases") at any level") }
            if parts.isEmpty { parts.append("left something on the node that no single case answers for") }
            return "crisol worked; \(runtime) \(parts.joined(separator: " and "))."
        case .error:
            let count = summary[Verdict.error.rawValue] ?? 0
            // Something about the whole run, then: its time was over, or a kubelet works on the node.
            guard count > 0 else { return "crisol could not judge \(runtime): the findings say why." }
            return "crisol could not judge \(count) \(count == 1 ? "case" : "cases"): the harness itself failed there."
        case .nothingRan:
            return "No case was judged, so nothing is known about \(runtime)."
        case .interrupted:
            guard cases.contains(where: { [.pass, .deviation, .ignored].contains($0.verdict) }) else {
                return "The run was interrupted before anything was known about \(runtime)."
            }
            return "The run was interrupted; what was judged until then kept its musts\(apart)."
        }
    }

    /// Below `fail` a must is broken only where a profile accepts it.
    private var apart: String {
        let known = cases.count { $0.level == .must && $0.verdict == .deviation }
        return known == 0 ? "" : ", but for \(known) known \(known == 1 ? "difference" : "differences")"
    }
}

/// Where and how a run was made: enough to repeat it and to tell two runs apart.
public struct Environment: Codable, Sendable, Hashable {
    /// The run's id, also in the labels of everything it made.
    public var run: String
    /// The version of crisol.
    public var crisol: String
    /// The command line, word by word.
    public var command: [String]
    /// When the run began, RFC 3339 in UTC.
    public var startedAt: String
    /// How long it took, in seconds.
    public var seconds: Double
    /// Name and version of the runtime as it reports them, `containerd 1.6.20`; empty if it never answered.
    public var runtime: String
    /// The runtime's endpoint.
    public var endpoint: String
    /// Whether crisol started the runtime itself.
    public var managed: Bool
    /// How much slower than an ordinary machine this one is; it stretches upper time bounds only.
    public var slack: Double
    /// Facts of the node by name: kernel, architecture, cgroup version.
    public var node: [String: String]
    /// What was found out about the runtime by harmless calls, by name.
    public var probes: [String: String]

    /// Creates an environment; what is not given is empty.
    public init(
        run: String,
        crisol: String,
        command: [String],
        startedAt: String,
        seconds: Double = 0,
        runtime: String = "",
        endpoint: String = "",
        managed: Bool = false,
        slack: Double = 1,
        node: [String: String] = [:],
        probes: [String: String] = [:]
    ) {
        self.run = run
        self.crisol = crisol
        self.command = command
        self.startedAt = startedAt
        self.seconds = seconds
        self.runtime = runtime
        self.endpoint = endpoint
        self.managed = managed
        self.slack = slack
        self.node = node
        self.probes = probes
    }
}

/// Something seen during a run that belongs to no single case.
public struct Finding: Codable, Sendable, Hashable {
    /// One line on what was seen.
    public var title: String
    /// The details.
    public var text: String

    /// Creates a finding.
    public init(title: String, text: String) {
        self.title = title
        self.text = text
    }
}
