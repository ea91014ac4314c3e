import CRICatalog
import CRIClient
import Foundation
import HostProbe
import ManagedRuntime
import Outcome
import SuiteLanguage
import Synchronization

/// Runs one case from its requirements to its leak proof and makes its result.
struct CaseJudge: Sendable {
    let context: RunContext
    let facts: RuntimeFacts
    let slack: Double
    let preflight: Preflight
    let entries: CallEntries
    let rerunPrefix: String
    /// Whether crisol can look at the runtime's processes.
    let looksAtNode: Bool
    /// Whether every case that passes is shown to be able to fail.
    let proves: Bool
    /// Where the leaks of cases are noted for the proof of the whole node.
    let leaked: LeakMarks

    /// Judges the case. Always returns; an interruption is a verdict too.
    func judge(_ item: Case) async -> CaseResult {
        var result = CaseResult(item, rerunPrefix: rerunPrefix)
        if let (verdict, reason) = unmet(item) {
            result.verdict = verdict
            result.reason = reason
            return result
        }
        let clock = ContinuousClock()
        let began = clock.now
        let logBegin = context.managed?.logPosition
        let attempt = await attempt(item, omission: nil)
        let end = attempt.end
        result.calls = attempt.ledger.calls.map(entries.entry)
        result.recorded = attempt.ledger.recorded
        conclude(&result, item, end, attempt.atWork)
        if let control = ControlRun(of: item, end), attempt.isClean, !Task.isCancelled {
            let other = await self.attempt(item, omission: control.omission)
            if let evidence = control.evidence(other.end) {
                result.verdict = .ignored
                result.reason = "accepted and not done: \(result.reason)"
                result.evidence.append(evidence)
            }
            if !other.isClean { addLeak(&result, other.problems, other.leaks) }
        }
        if proves, result.verdict == .pass, attempt.isClean { result.proof = await proof(of: item, attempt) }
        result.seconds = began.duration(to: clock.now).inSeconds
        if !attempt.isClean { addLeak(&result, attempt.problems, attempt.leaks) }
        if attempt.hasDied { result.died() }
        if ![.pass, .notRun].contains(result.verdict) { addEvidence(&result, attempt, since: logBegin) }
        return result
    }

    /// A case done once, from its first step to its leak proof.
    private struct Attempt: Sendable {
        let end: CaseEnd
        let ledger: CaseLedger
        /// The steps that were at work when the time of the case was over.
        let atWork: [String]
        /// What could not be removed.
        let problems: [String]
        /// What was still there after its removal.
        let leaks: [String]
        /// Whether the runtime died of itself before it was started again for the cases that follow.
        let hasDied: Bool
        /// What is wrong with the leak proof: it did not see a sandbox that was there.
        let blindness: String?
        /// The words by which the case can be told from others in the runtime's log.
        let names: [String]

        var isClean: Bool { problems.isEmpty && leaks.isEmpty }
    }

    private func attempt(_ item: Case, omission: Omission?) async -> Attempt {
        let setting = CaseSetting(
            item,
            context: context,
            facts: facts,
            slack: slack,
            looksAtNode: looksAtNode,
            imageProblem: preflight.imageProblem,
            omission: omission,
            proves: proves && omission == nil
        )
        let ledger = CaseLedger()
        let run = CaseRun(setting, ledger: ledger)
        let (end, atWork) = await bounded(run, item, ledger)
        // What the case made must go also when the case was cancelled, so its removal is no child of this task.
        let left = await Task.detached { [self] in await cleanUp(ledger, setting.token) }.value
        let unknown = await run.bindings.values["unknown"]?.record
        let names = [setting.token] + ledger.tracker.sandboxIDs + ledger.tracker.containerIDs
        return Attempt(
            end: end,
            ledger: ledger,
            atWork: atWork,
            problems: left.problems,
            leaks: left.leaks,
            hasDied: left.hasDied,
            blindness: left.blindness,
            names: names + ["id", "image"].compactMap { unknown?[$0]?.text }
        )
    }

    // MARK: - Whether it could have failed

    /// What the case would have passed with: wrong values that its expectations took, and its own subject left out.
    private func proof(of item: Case, _ attempt: Attempt) async -> CaseProof {
        var proof = attempt.ledger.proof
        if let blind = attempt.blindness { proof.add(tried: 1, unnoticed: [blind]) }
        guard let omission = Omission(of: item, brokenAt: item.steps.last?.number ?? 0) else { return proof }
        for single in omission.single where !Task.isCancelled {
            let other = await self.attempt(item, omission: single)
            // What was cut off in the middle has shown nothing.
            if Task.isCancelled { break }
            let isNoticed = if case .held = other.end { false } else { true }
            if isNoticed || item.subject != nil {
                proof.add(tried: 1, unnoticed: isNoticed ? [] : ["it passes without \(single.description)"])
            } else {
                proof.incidental.append(single.description)
            }
        }
        return proof
    }

    /// The steps beside the deadline of the case, and which of them were at work when it passed.
    private func bounded(_ run: CaseRun, _ item: Case, _ ledger: CaseLedger) async -> (CaseEnd, [String]) {
        let grace = Self.grace * slack
        let atWork = Mutex<[String]>([])
        let end = await BoundedWork.run(
            for: item.timeout * slack,
            grace: grace,
            // Later they are cancelled, and what the client has in flight then is of other cases.
            onTimeout: { atWork.withLock { $0 = ledger.stepsAtWork } },
            { await run.run(item.steps) }
        )
        switch end {
        case .ended(let end): return (end, [])
        case .timedOut: return (.timedOut, atWork.withLock { $0 })
        case .stuck:
            let steps = ledger.stepsAtWork.joined(separator: "; ")
            return (
                .problem(.harness("a step of crisol itself had not ended \(grace) after it was cancelled: \(steps)")),
                []
            )
        }
    }

    /// How long the steps of a case that was cancelled may take to end; they close connections and processes.
    private static let grace = Duration.seconds(30)

    private func cleanUp(_ ledger: CaseLedger, _ token: String) async
        -> (problems: [String], leaks: [String], hasDied: Bool, blindness: String?)
    {
        let tracker = ledger.tracker
        let changes = ledger.takeUndo()
        // To be healed is to be started, which forgets the death of a runtime that this case had stopped and started.
        let hasDied = changes.contains(.startRuntime) && context.managed?.hasDied == true
        // The runtime must be well again before it can be asked to remove anything; mounts may be in use until then.
        var problems = await HostUndo(context).heal(changes)
        let cleanup = CaseCleanup(context: context, caseToken: token, slack: slack)
        let blindness = proves && looksAtNode ? await cleanup.blindness(tracker) : nil
        problems += await cleanup.remove(tracker)
        problems += HostUndo(context).unmount(changes)
        let leaks = await cleanup.leaks(tracker, looksAtNode: looksAtNode)
        if !leaks.isEmpty { leaked.add(leaks, ids: tracker.sandboxIDs + tracker.containerIDs, root: context.root) }
        return (problems, leaks, hasDied, blindness)
    }

    // MARK: - Requirements

    /// Why the case says nothing about this runtime on this host, if so.
    private func unmet(_ item: Case) -> (Verdict, String)? {
        if let target = facts.targetMinor, item.since > target {
            return (.unsupported, "came with Kubernetes \(item.since); this runtime is judged for \(target)")
        }
        if preflight.registryProblem != nil,
            item.needsRegistry || (preflight.imageProblem != nil && item.makesContainers)
        {
            return (.notRun, "the runtime does not take images from crisol's registry (see the findings)")
        }
        for requirement in item.requirements {
            switch requirement {
            case .cgroup(let version):
                let actual = context.node.cgroupVersion
                let holds = version == 2 ? actual == .v2 : actual != .v2
                if !holds { return (.notApplicable, "needs cgroup v\(version), this node has \(actual)") }
            case .feature(let name):
                if !facts.features.contains(name) {
                    return (.unsupported, "Status.features.\(name) is false")
                }
            case .handlerFeature(let name):
                if !facts.handlerFeatures.contains(name) {
                    return (.unsupported, "the runtime handler's feature \(name) is false")
                }
            case .cpus(let count):
                if context.node.cpus < count {
                    return (.notApplicable, "needs \(count) cpus, this node has \(context.node.cpus)")
                }
            case .host(let word):
                let (present, evidence) = context.node.has(word) ?? (false, "unknown to the probe")
                if !present { return (.notApplicable, "needs \(word) on the host: \(evidence)") }
            case .managed:
                if context.managed == nil {
                    return (.notApplicable, "needs a runtime that crisol started itself: --managed")
                }
            case .sameHost:
                if !looksAtNode {
                    return (
                        .notApplicable,
                        "the runtime's processes cannot be seen from here: run crisol as root on its host"
                    )
                }
            }
        }
        return nil
    }

    // MARK: - The verdict

    private func conclude(_ result: inout CaseResult, _ item: Case, _ end: CaseEnd, _ atWork: [String]) {
        let broken: Verdict = item.level == .must ? .fail : .deviation
        switch end {
        case .held: result.verdict = .pass
        case .interrupted:
            result.verdict = .notRun
            result.reason = "interrupted"
        case .timedOut:
            result.verdict = broken
            let steps = atWork.isEmpty ? "no step was at work" : "at work: \(atWork.joined(separator: "; "))"
            result.reason = "it did not end within \(item.timeout * slack); \(steps)"
        case .problem(.broken(let failure, _)):
            result.verdict = broken
            result.failure = failure
            result.reason = failure.reason
        case .problem(.setUp(let failure)):
            result.verdict = .fail
            result.failure = failure
            result.reason = "set-up: \(failure.reason)"
            result.trouble = .setUp
        case .problem(.unsupported(let reason)):
            result.verdict = .unsupported
            result.reason = reason
        case .problem(.notApplicable(let reason)):
            result.verdict = .notApplicable
            result.reason = reason
        case .problem(.awaited(let action, let expected, let actual)):
            result.verdict = broken
            result.reason = "\(action.summary): expected \(expected), got \(actual)"
        case .problem(.absent(let path, let expected, let actual)):
            result.verdict = broken
            result.reason = "\(path): expected \(expected), got \(actual)"
        case .problem(.harness(let reason)):
            result.verdict = .error
            result.reason = reason
        }
    }

    /// A leak fails the case that caused it, at any level.
    private func addLeak(_ result: inout CaseResult, _ problems: [String], _ leaks: [String]) {
        let all = problems + leaks
        result.evidence.append(Evidence(title: "Left behind", text: all.joined(separator: "\n")))
        guard !leaks.isEmpty || result.verdict == .pass else { return }
        let text = "left behind: \(all.first ?? "")\(all.count > 1 ? " and \(all.count - 1) more" : "")"
        result.reason = result.reason.isEmpty ? text : "\(result.reason); \(text)"
        result.verdict = .fail
        if result.trouble == nil { result.trouble = .leak }
    }

    private func addEvidence(_ result: inout CaseResult, _ attempt: Attempt, since position: LogPosition?) {
        for plan in attempt.ledger.containers.prefix(10) where !plan.logPath.isEmpty {
            guard let log = try? ContainerLog.read(path: plan.logPath, root: context.root, limit: 1 << 20) else {
                continue
            }
            let lines = log.lines.suffix(40).map {
                "\($0.time) \($0.stream) \($0.tag) \(String(decoding: $0.text.prefix(400), as: UTF8.self))"
            }
            if !lines.isEmpty {
                result.evidence.append(
                    Evidence(
                        title: "Log of container \(plan.name) (last \(lines.count) lines)",
                        text: lines.joined(separator: "\n")
                    )
                )
            }
        }
        if let managed = context.managed, let position {
            // Cases run side by side: only the lines that name what this one made or asked for are its own.
            let lines = managed.log(since: position).split(separator: "\n").filter { line in
                attempt.names.contains { line.contains($0) }
            }
            if !lines.isEmpty {
                let text = lines.suffix(60).joined(separator: "\n")
                result.evidence.append(Evidence(title: "The runtime's own log of this case", text: text))
            }
        }
    }
}

extension Case {
    /// Whether it pulls images of its own making.
    fileprivate var needsRegistry: Bool {
        allSteps.contains { step in
            switch step.action {
            case .image, .registry: true
            case .call(let call): call.rpc.name == "PullImage"
            default: false
            }
        }
    }

    /// Whether it makes containers of the test image.
    fileprivate var makesContainers: Bool {
        allSteps.contains { if case .container = $0.action { true } else { false } }
    }
}

extension CaseEnd {
    fileprivate var isTimeout: Bool { if case .timedOut = self { true } else { false } }
}

extension CaseResult {
    /// A case that has not been judged yet.
    init(_ item: Case, rerunPrefix: String) {
        self.init(
            id: item.id,
            suite: item.suite,
            title: item.title,
            level: item.level,
            verdict: .notRun,
            source: item.sources,
            why: item.why,
            labels: item.labels,
            position: item.position.description,
            rerun: "\(rerunPrefix) --case \(item.id)"
        )
    }
}
