import CRICatalog
import CRIClient
import HostProbe
import ManagedRuntime
import SuiteLanguage
import TestImages

/// Removes what a case made and proves that it is gone.
///
/// Everything is found twice: by the ids the runtime gave out, and by the case's labels in its lists, so that an
/// object whose answer was lost is found too. Nothing without the case's own label is ever touched.
struct CaseCleanup: Sendable {
    let context: RunContext
    let caseToken: String
    let slack: Double
    private let caller: Caller

    init(context: RunContext, caseToken: String, slack: Double) {
        self.context = context
        self.caseToken = caseToken
        self.slack = slack
        caller = Caller(context)
    }

    /// What could not be removed, in sentences; empty when all is gone.
    func remove(_ tracker: Tracker) async -> [String] {
        guard !tracker.isEmpty else { return [] }
        var problems: [String] = []
        let clock = ContinuousClock()
        let began = clock.now
        // A second round finds what a late answer made after the first one looked. Where calls hang, it would hang too.
        for round in 1...3 {
            problems = await removeOnce(tracker)
            if problems.isEmpty || clock.now - began > bound { break }
            if round < 3 { try? await Task.sleep(for: .milliseconds(300)) }
        }
        for reference in tracker.imageReferences {
            let spec = Record(type: "ImageSpec", fields: ["image": .text(reference)])
            let (record, _) = await caller.call(
                "RemoveImage",
                Record(type: "RemoveImageRequest", fields: ["image": .record(spec)]),
                deadline: bound
            )
            if record.code != .ok, record.code.name != "NOT_FOUND" {
                problems.append("RemoveImage \(reference) answered \(record.code.name): \(record.message)")
            }
        }
        for repository in tracker.repositories { context.registry.withdraw(repository: repository) }
        return problems
    }

    private var bound: Duration { .seconds(30) * slack }

    private func removeOnce(_ tracker: Tracker) async -> [String] {
        var problems: [String] = []
        var sandboxes = tracker.sandboxIDs
        let others = await listed("ListPodSandbox", "ListPodSandboxRequest", "PodSandboxFilter", "items")
        if let problem = others.problem { problems.append(problem) }
        for id in others.ids where !sandboxes.contains(id) { sandboxes.append(id) }
        for id in sandboxes {
            let request = Record(type: "StopPodSandboxRequest", fields: ["podSandboxId": .text(id)])
            let (stopped, _) = await caller.call("StopPodSandbox", request, deadline: bound)
            if stopped.code != .ok, stopped.code.name != "NOT_FOUND" {
                problems.append("StopPodSandbox \(id) answered \(stopped.code.name): \(stopped.message)")
            }
            let removal = Record(type: "RemovePodSandboxRequest", fields: ["podSandboxId": .text(id)])
            let (removed, _) = await caller.call("RemovePodSandbox", removal, deadline: bound)
            if removed.code != .ok, removed.code.name != "NOT_FOUND" {
                problems.append("RemovePodSandbox \(id) answered \(removed.code.name): \(removed.message)")
            }
        }
        let containers = await listed("ListContainers", "ListContainersRequest", "ContainerFilter", "containers")
        if let problem = containers.problem { problems.append(problem) }
        for id in containers.ids {
            let removal = Record(type: "RemoveContainerRequest", fields: ["containerId": .text(id)])
            let (removed, _) = await caller.call("RemoveContainer", removal, deadline: bound)
            if removed.code != .ok, removed.code.name != "NOT_FOUND" {
                problems.append("RemoveContainer \(id) answered \(removed.code.name): \(removed.message)")
            }
        }
        return problems
    }

    /// The ids of objects that carry the case's label; the label is looked at again here, because a runtime that
    /// ignores the filter must not make us remove what is not ours. A list that is not given is no empty one.
    private func listed(
        _ rpc: String,
        _ request: String,
        _ filter: String,
        _ field: String,
        state: String? = nil
    ) async -> (ids: [String], problem: String?) {
        let selector = Value.map([RunContext.caseLabel: .text(caseToken)])
        let (call, answer) = await caller.call(
            rpc,
            Record(
                type: request,
                fields: ["filter": .record(Record(type: filter, fields: ["labelSelector": selector]))]
            ),
            deadline: bound
        )
        guard call.code == .ok else { return ([], "\(rpc) answered \(call.code.name): \(call.message)") }
        let ids = (answer[field]?.list ?? []).compactMap { item -> String? in
            guard let record = item.record, case .map(let labels)? = record["labels"],
                labels[RunContext.caseLabel] == .text(caseToken),
                state == nil || record["state"].map(ValueText.plain) == state
            else { return nil }
            return record["id"]?.text
        }
        return (ids, nil)
    }

    // MARK: - The proof

    /// Before anything is removed: whether the proof sees on the node what the runtime says runs there.
    func blindness(_ tracker: Tracker) async -> String? {
        let running = await listed(
            "ListContainers",
            "ListContainersRequest",
            "ContainerFilter",
            "containers",
            state: "CONTAINER_RUNNING"
        )
        guard !running.ids.isEmpty else { return nil }
        var identity = tracker.identity
        identity.ipamFolders = context.ipamFolders
        guard Remains(root: context.root).of(identity).isEmpty else { return nil }
        return "the leak proof sees nothing on the node of a container that the runtime says runs"
    }

    /// What is still there of what the case made: objects in the runtime's lists and traces on the node.
    ///
    /// Polled for up to ten seconds, because a runtime may finish its own work after it answered.
    func leaks(_ tracker: Tracker, looksAtNode: Bool) async -> [String] {
        guard !tracker.isEmpty else { return [] }
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(10) * slack
        var pause = Duration.milliseconds(20)
        while true {
            var items: [String] = []
            let sandboxes = await listed("ListPodSandbox", "ListPodSandboxRequest", "PodSandboxFilter", "items")
            items += sandboxes.ids.map { "the runtime still lists the sandbox \($0)" }
            let containers = await listed("ListContainers", "ListContainersRequest", "ContainerFilter", "containers")
            items += containers.ids.map { "the runtime still lists the container \($0)" }
            // Nothing is proved by a runtime that does not say what it has.
            items += [sandboxes.problem, containers.problem].compactMap(\.self)
            if looksAtNode {
                var identity = tracker.identity
                identity.ipamFolders = context.ipamFolders
                items += Remains(root: context.root).of(identity)
                items += await portRules(tracker)
            }
            if items.isEmpty || clock.now >= deadline { return items }
            try? await Task.sleep(for: pause, clock: clock)
            pause = min(pause * 2, .seconds(1))
        }
    }

    /// The rules of the packet filter that still lead to a pod which had ports of the node.
    private func portRules(_ tracker: Tracker) async -> [String] {
        // The rules are those of where crisol runs, whatever stands for the node's files.
        guard !tracker.hostPorts.isEmpty, context.root.path == "/" else { return [] }
        return Netfilter.lines(
            of: await Netfilter.rules(),
            naming: tracker.sandboxIDs + [caseToken],
            ports: tracker.hostPorts
        ).map { "netfilter \($0)" }
    }
}
