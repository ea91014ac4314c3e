import CRICatalog
import CRIClient
import Foundation
import HostProbe
import ManagedRuntime
public import Outcome
import SuiteLanguage

/// Schedules cases, runs their steps, proves clean-up and judges.
///
/// Cancelling the task that runs it interrupts the run: cases at work end, what they made is removed, and the
/// results say what was not run.
public struct Runner: Sendable {
    private let plan: RunPlan
    private let context: RunContext
    private let observer: any RunObserver

    /// Creates a runner.
    public init(_ plan: RunPlan, context: RunContext, observer: any RunObserver) {
        self.plan = plan
        self.context = context
        self.observer = observer
    }

    /// Runs the plan to its end.
    public func run(crisolVersion: String) async -> Results {
        let began = ContinuousClock().now
        let start = Timestamp.now()
        var environment = Environment(
            run: context.id,
            crisol: crisolVersion,
            command: plan.command,
            startedAt: Date().formatted(.iso8601),
            endpoint: context.endpoint.description,
            managed: context.managed != nil
        )
        environment.node = nodeFacts
        environment.slack = await Slack.measure()
        let caller = Caller(context)
        let facts = await RuntimeFacts.probe(
            caller,
            handler: plan.runtimeHandler,
            isManaged: context.managed != nil,
            target: plan.target
        )
        environment.runtime = facts.title
        if !plan.runtimeHandler.isEmpty { environment.runtime += " (handler \(plan.runtimeHandler))" }
        environment.probes = facts.probes
        observer.began(environment, caseCount: plan.cases.count, rounds: plan.rounds)
        if let problem = facts.problem {
            return couldNotStart(environment, problem, began)
        }
        var findings: [Finding] = []
        let kubelet = context.managed == nil ? KubeletWatch.find(context.root) : nil
        if let kubelet { findings.append(Finding(title: "A kubelet runs on this node", text: kubelet)) }
        var preflight = Preflight()
        if kubelet == nil { preflight = await Preflight.run(context, facts) } else { preflight.imageProblem = kubelet }
        findings += preflight.findings
        for finding in preflight.findings { observer.note("\(finding.title): \(finding.text)") }
        let proof =
            preflight.imageProblem == nil ? await HostProof.begin(context, facts, looksAtNode: looksAtNode) : nil
        let leaked = LeakMarks()
        let (results, found, stop) = await rounds(kubelet: kubelet, RunTime(plan.timeout, since: began)) {
            var context = context
            context.invariants = Invariants(plan.cases, proves: plan.proves)
            return CaseJudge(
                context: context,
                facts: facts,
                slack: environment.slack,
                preflight: preflight,
                entries: CallEntries(context.catalog, since: start),
                rerunPrefix: plan.rerunPrefix,
                looksAtNode: looksAtNode,
                proves: plan.proves,
                leaked: leaked
            )
        }
        var cases = results
        findings += found
        await Task.detached { [context] in await context.sharedSandbox.remove(caller) }.value
        let left =
            if let proof, !Task.isCancelled { await proof.end(slack: environment.slack, passingOver: leaked) } else {
                [Finding]()
            }
        findings += left
        if kubelet == nil { findings += await removeImage(caller) }
        let order = Dictionary(plan.cases.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        cases.sort { (order[$0.id] ?? 0) < (order[$1.id] ?? 0) }
        environment.seconds = began.duration(to: ContinuousClock().now).inSeconds
        return Results(
            environment: environment,
            cases: cases,
            findings: findings,
            interrupted: Task.isCancelled,
            incomplete: preflight.isIncomplete || stop != nil
                || cases.contains { $0.verdict == .notRun && $0.reason == kubelet },
            leaked: !left.isEmpty,
            failOn: plan.failOn
        )
    }

    // MARK: - Cases

    /// Judges all cases as often as the plan says; each round has invariants of its own.
    ///
    /// - Returns: the results, what else was seen, and why not all of it was done, if so.
    private func rounds(
        kubelet: String?,
        _ time: RunTime,
        _ judge: () -> CaseJudge
    ) async -> ([CaseResult], [Finding], stop: String?) {
        var all: [String: [CaseResult]] = [:]
        var order: [String] = []
        var findings: [Finding] = []
        var ended: String?
        // One for all rounds: what is broken in one of them is not gone.
        var accepted = AcceptedDifferences(plan.known, of: plan.cases, today: Date())
        for round in 1...plan.rounds {
            let (results, found, stop) = await schedule(
                judge(),
                kubelet: kubelet,
                time,
                &accepted,
                doneBefore: (round - 1) * plan.cases.count
            )
            for result in results {
                if all[result.id] == nil { order.append(result.id) }
                all[result.id, default: []].append(result)
            }
            for finding in found where !findings.contains(finding) { findings.append(finding) }
            if let stop {
                // The time may be over when something else has kept the rest from its turn already.
                let missing = results.count { $0.verdict == .notRun && [stop, RunTime.reason].contains($0.reason) }
                if missing > 0 || round < plan.rounds { ended = stop }
                if missing > 0 {
                    findings.append(
                        Finding(
                            title: "The run ended early",
                            text: "\(missing) of \(results.count) cases were not run: \(stop)"
                        )
                    )
                }
                if round < plan.rounds {
                    findings.append(
                        Finding(title: "\(round) of \(plan.rounds) rounds were run", text: "it ended before: \(stop)")
                    )
                }
                break
            }
        }
        findings += accepted.findings
        let cases = order.compactMap { CaseResult.folded(all[$0] ?? [], failOn: plan.failOn) }
        let unstable = cases.filter(\.isUnstable)
        if !unstable.isEmpty {
            let lines = unstable.map { "\($0.id): \($0.roundsText ?? "")" }
            findings.append(Finding(title: "Verdicts that changed between rounds", text: lines.joined(separator: "\n")))
        }
        return (cases, findings, ended)
    }

    /// One round: every case once.
    ///
    /// - Returns: the results, what else was seen, and why it ended early, if it did.
    private func schedule(
        _ judge: CaseJudge,
        kubelet: String?,
        _ time: RunTime,
        _ accepted: inout AcceptedDifferences,
        doneBefore: Int
    ) async -> ([CaseResult], [Finding], stop: String?) {
        var scheduler = Scheduler(plan.cases.filter { $0.watch == nil })
        var results: [CaseResult] = []
        var findings: [Finding] = []
        var stop: String?
        var recovery = Recovery()
        var atWork: Set<String> = []
        var life = RuntimeLife(context)
        func note(_ result: CaseResult) {
            results.append(result)
            observer.caseEnded(result, done: doneBefore + results.count, of: plan.cases.count * plan.rounds)
        }
        func stopFast(after result: CaseResult) {
            guard plan.failFast, result.breaksTheRun || result.isCaught(by: plan.failOn) else { return }
            let what = result.breaksTheRun ? "had failed" : "was \(result.verdict.rawValue) (--fail-on)"
            stop = stop ?? "--fail-fast: \(result.id) \(what)"
        }
        await withTaskGroup(of: CaseResult?.self) { group in
            // The clock is one of the group, so that cases at work cannot keep it from being looked at.
            if time.isBounded {
                group.addTask {
                    await time.pass()
                    return nil
                }
            }
            loop: while true {
                if Task.isCancelled { stop = stop ?? "interrupted" }
                if time.isOver { stop = stop ?? RunTime.reason }
                if stop != nil, scheduler.runningCount == 0 { break loop }
                if stop == nil, scheduler.runningCount < plan.parallel {
                    switch scheduler.next() {
                    case .begin(let item):
                        if let kubelet, item.makesObjects {
                            var result = CaseResult(item, rerunPrefix: plan.rerunPrefix)
                            result.reason = kubelet
                            scheduler.ended(item.id, .notRun)
                            note(result)
                            continue loop
                        }
                        observer.caseBegan(item.id)
                        atWork.insert(item.id)
                        group.addTask { await judge.judge(item) }
                        continue loop
                    case .blocked(let item, let red, let verdict):
                        var result = CaseResult(item, rerunPrefix: plan.rerunPrefix)
                        result.reason = "blocked by \(red) (\(verdict.rawValue))"
                        note(result)
                        stopFast(after: result)
                        continue loop
                    case .done: break loop
                    case .wait: break
                    }
                }
                guard let event = await group.next() else { break loop }
                guard var result = event else {
                    // A clock that was cancelled returns too.
                    if !Task.isCancelled {
                        if scheduler.runningCount > 0 { observer.note("\(RunTime.reason); ending what is at work") }
                        group.cancelAll()
                    }
                    continue loop
                }
                if time.isOver, !Task.isCancelled { RunTime.explain(&result) }
                if !Task.isCancelled, await life.hasEnded() {
                    if stop == nil {
                        stop = await recovery.died(during: atWork, context, observer, within: time)
                    } else {
                        recovery.diedAtTheEnd(during: atWork)
                    }
                }
                atWork.remove(result.id)
                if recovery.wasStruck(result.id) { result.died(others: atWork.count) }
                accepted.apply(to: &result)
                scheduler.ended(result.id, result.verdict)
                note(result)
                stopFast(after: result)
            }
            group.cancelAll()
        }
        for var result in judge.context.invariants?.results(
            rerunPrefix: plan.rerunPrefix,
            describe: judge.entries.entry
        )
            ?? []
        {
            accepted.apply(to: &result)
            note(result)
        }
        for item in scheduler.remaining {
            var result = CaseResult(item, rerunPrefix: plan.rerunPrefix)
            result.reason = stop ?? "it was never its turn"
            note(result)
        }
        if let finding = recovery.finding { findings.append(finding) }
        return (results, findings, stop)
    }

    private func couldNotStart(_ environment: Environment, _ problem: String, _ began: ContinuousClock.Instant)
        -> Results
    {
        var environment = environment
        environment.seconds = began.duration(to: ContinuousClock().now).inSeconds
        let cases = plan.cases.map { item in
            var result = CaseResult(item, rerunPrefix: plan.rerunPrefix)
            result.reason = "the runtime could not be asked"
            return result
        }
        return Results(
            environment: environment,
            cases: cases,
            findings: [Finding(title: "The runtime at \(context.endpoint) could not be asked", text: problem)],
            interrupted: Task.isCancelled,
            failOn: plan.failOn
        )
    }

    // MARK: - The node

    private var looksAtNode: Bool { getuid() == 0 }

    private var nodeFacts: [String: String] {
        let node = context.node
        return [
            "kernel": node.kernel, "architecture": node.architecture, "os": node.osRelease, "cpus": "\(node.cpus)",
            "memory": "\(node.memoryBytes >> 20) MiB", "cgroup": "\(node.cgroupVersion)",
        ]
    }

    // MARK: - The test image

    private func removeImage(_ caller: Caller) async -> [Finding] {
        if context.managed != nil { return [] }
        let spec = Record(type: "ImageSpec", fields: ["image": .text(context.servedAgent)])
        let reference = context.servedAgent
        return await Task.detached {
            let (record, _) = await caller.call(
                "RemoveImage",
                Record(type: "RemoveImageRequest", fields: ["image": .record(spec)]),
                deadline: .seconds(30)
            )
            if record.code == .ok || record.code.name == "NOT_FOUND" { return [] }
            return [
                Finding(
                    title: "The test image was left behind",
                    text: "RemoveImage \(reference) answered \(record.code.name): \(record.message)"
                )
            ]
        }.value
    }
}

extension Case {
    /// Whether the case makes pods that a kubelet would remove.
    fileprivate var makesObjects: Bool {
        allSteps.contains { step in
            switch step.action {
            case .sandbox, .container, .image: true
            case .call(let call): ["RunPodSandbox", "CreateContainer", "PullImage"].contains(call.rpc.name)
            default: false
            }
        }
    }
}
