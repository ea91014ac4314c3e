import CRICatalog
import Outcome
import SuiteLanguage

/// What a control run leaves out of a case: the fields it is about.
struct Omission: Sendable {
    /// The fixture, or the RPC.
    let name: String
    /// The fields, each from the outermost inwards.
    let paths: [[String]]

    /// How messages show it.
    var description: String { paths.map { "\(name).\($0.joined(separator: "."))" }.joined(separator: ", ") }

    func applied(to template: Template) -> Template { paths.reduce(template) { $0.removing($1[...]) } }

    /// The subject of a case that broke at a step: what the author named, else what the last step up to there set.
    init?(of item: Case, brokenAt number: Int) {
        if let subject = item.subject {
            let names = subject.path.fieldNames
            if names.isEmpty { return nil }
            self.init(name: subject.name, paths: [names])
            return
        }
        for step in item.steps.reversed() where step.number <= number {
            let (name, fields): (String, [String])
            switch step.action {
            case .sandbox(let fixture):
                (name, fields) = (fixture.name, fixture.with?.removableFields(keepsReferences: false) ?? [])
            case .container(let fixture):
                (name, fields) = (fixture.name, fixture.with?.removableFields(keepsReferences: false) ?? [])
            case .call(let call):
                guard case .message(let request) = call.request else { continue }
                (name, fields) = (call.rpc.name, request.removableFields(keepsReferences: true))
            default: continue
            }
            if !fields.isEmpty {
                self.init(name: name, paths: fields.map { [$0] })
                return
            }
        }
        return nil
    }

    private init(name: String, paths: [[String]]) {
        self.name = name
        self.paths = paths
    }

    /// One omission for each of the fields.
    var single: [Omission] { paths.map { Omission(name: name, paths: [$0]) } }
}

/// Tells "did it wrong" from "took the request and did nothing": the case once more, without what it is about.
struct ControlRun: Sendable {
    /// Parts of a call's result that are answers themselves and no observations.
    private static let answers: Set<String> = ["code", "message", "elapsed", "sent-at", "received-at"]

    /// What is left out.
    let omission: Omission
    private let failure: Failure
    private let observed: [String: Lookup]

    /// The control run of a case that broke; `nil` when what broke is no observation, or the case sets nothing.
    init?(of item: Case, _ end: CaseEnd) {
        guard case .problem(.broken(let failure, let observed)) = end, !observed.isEmpty,
            !observed.keys.contains(where: { Self.answers.contains($0) }),
            let step = item.steps.first(where: { $0.number == failure.step }), step.observes,
            // What a stream brings is the doing of its actions, whatever the request left out.
            item.subject != nil || !step.followsStream(in: item.allSteps),
            let omission = Omission(of: item, brokenAt: failure.step)
        else { return nil }
        self.omission = omission
        self.failure = failure
        self.observed = observed
    }

    /// What shows that the runtime took the request and did nothing; `nil` when the control run does not show that.
    ///
    /// - Parameter end: how the case ended without what it is about.
    func evidence(_ end: CaseEnd) -> Evidence? {
        guard case .problem(.broken(let control, let seen)) = end, control.step == failure.step,
            !seen.keys.contains(where: { Self.answers.contains($0) })
        else { return nil }
        for (path, value) in observed where seen[path] != value { return nil }
        let lines = failure.breaches.map { breach in
            let nothing = observed[breach.path].map { !$0.isThere } ?? false
            return
                "\(breach.path)\n  wanted               \(breach.expected)\n  with the field       \(breach.actual)\n  without the field    \(breach.actual)"
                + (nothing ? "\n  Nothing is there in either run, as it would be if the path were misspelt." : "")
        }
        return Evidence(
            title: "Control run without \(omission.description)",
            text: lines.joined(separator: "\n")
        )
    }
}

extension Step {
    /// Whether its result is that of a stream behind a URL.
    fileprivate func followsStream(in steps: [Step]) -> Bool {
        switch action {
        case .call(let call): call.stream != nil
        case .await(let name), .check(let name):
            steps.contains { ($0.background == name || $0.save == name) && $0.followsStream(in: []) }
        default: false
        }
    }

    /// Whether its result is something seen, and not something made.
    fileprivate var observes: Bool {
        switch action {
        case .call, .await, .check, .agent, .log, .host, .network: true
        default: false
        }
    }
}
