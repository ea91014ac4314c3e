import CRICatalog
import CRIClient
import HostProbe
import ManagedRuntime
import SuiteLanguage

/// Named steps: they make calls through the recording client and return values, never a verdict.
extension CaseRun {
    func named(_ step: NamedStepCall) async throws -> Value {
        switch step.descriptor.name {
        case "collect-garbage": return try await collectGarbage(of: try fixture("pod", of: step))
        case "follow-url":
            guard case .value(let template)? = step.arguments["url"] else { break }
            let kind: StreamKind? =
                if case .word(let word)? = step.arguments["as"] { StreamKind(rawValue: word) } else { nil }
            return try await followOnly(url: try text(template) ?? "", as: kind)
        case "compare-seccomp":
            guard case .value(let template)? = step.arguments["profile"] else { break }
            return try compareSeccomp(try fixture("container", of: step), profile: try text(template) ?? "")
        case "create-and-start": return try await createAndStart(try fixture("container", of: step))
        default: break
        }
        throw StepProblem.harness("no code is behind the step '\(step.descriptor.name)'")
    }

    private func fixture(_ parameter: String, of step: NamedStepCall) throws -> String {
        guard case .fixture(let name)? = step.arguments[parameter] else {
            throw StepProblem.harness("the step '\(step.descriptor.name)' was given no \(parameter)")
        }
        return name
    }

    // MARK: - collect-garbage

    /// Removes everything that carries the pod's uid as kubelet's pod worker does, and says what is left of it.
    private func collectGarbage(of name: String) async throws -> Value {
        guard let plan = sandboxes[name] else { throw StepProblem.harness("the sandbox \(name) was never made") }
        var left: [String] = []
        for id in try await listed("ListContainers", "ContainerFilter", "containers", plan.uid) {
            try await garbage("StopContainer", "containerId", id, "timeout", 0)
            try await garbage("RemoveContainer", "containerId", id)
        }
        for id in try await listed("ListPodSandbox", "PodSandboxFilter", "items", plan.uid) {
            try await garbage("StopPodSandbox", "podSandboxId", id)
            try await garbage("RemovePodSandbox", "podSandboxId", id)
        }
        for id in try await listed("ListContainers", "ContainerFilter", "containers", plan.uid) {
            left.append("the runtime still lists the container \(id)")
        }
        for id in try await listed("ListPodSandbox", "PodSandboxFilter", "items", plan.uid) {
            left.append("the runtime still lists the sandbox \(id)")
        }
        if looksAtNode { left += Remains(root: context.root).of(identity(of: plan)) }
        return .record(Record(type: "garbage", fields: ["left": .list(left.map { .text($0) })]))
    }

    /// The ids of what carries the pod's uid; the label is looked at here, whatever the runtime makes of the filter.
    private func listed(_ rpc: String, _ filter: String, _ field: String, _ uid: String) async throws -> [String] {
        let label = "io.kubernetes.pod.uid"
        let selector = Record(type: filter, fields: ["labelSelector": .map([label: .text(uid)])])
        let (record, answer) = try await call(rpc, Record(type: rpc + "Request", fields: ["filter": .record(selector)]))
        guard record.code == .ok else {
            throw StepProblem.absent(
                path: rpc,
                expected: "OK",
                actual: "\(record.code.name) \"\(record.message)\""
            )
        }
        return (answer[field]?.list ?? []).compactMap { item in
            guard let item = item.record, case .map(let labels)? = item["labels"], labels[label] == .text(uid) else {
                return nil
            }
            return item["id"]?.text
        }
    }

    /// One call of the removal; what it leaves undone shows in what is left.
    private func garbage(_ rpc: String, _ field: String, _ id: String, _ extra: String? = nil, _ value: Int128 = 0)
        async throws
    {
        var fields: [String: Value] = [field: .text(id)]
        if let extra, value != 0 { fields[extra] = .integer(value) }
        _ = try await call(rpc, Record(type: rpc + "Request", fields: fields), deadline: .seconds(30) * bindings.slack)
    }

    /// By what the pod is recognised on the node, also when no answer ever told its id.
    private func identity(of plan: SandboxPlan) -> PodIdentity {
        var identity = PodIdentity()
        let members = containers.values.filter { $0.sandbox == plan.name }
        // An answer may have been lost, so everything the case made counts that is not known to be another pod's.
        let others = Set(
            sandboxes.values.filter { $0.name != plan.name }.map(\.id)
                + containers.values.filter { $0.sandbox != plan.name }.map(\.id)
        )
        identity.ids = (ledger.tracker.sandboxIDs + ledger.tracker.containerIDs).filter { !others.contains($0) }
        if let seen = try? context.managed?.network.record(pod: plan.uid) { identity.ids += seen.sandboxIDs }
        identity.namespaceMounts = ledger.tracker.namespaceMounts(of: identity.ids)
        identity.tokens = members.map(\.token)
        identity.cgroupParents = [plan.cgroupParent]
        identity.ownsCgroupParents = true
        identity.ipamFolders = context.ipamFolders
        return identity
    }

    // MARK: - create-and-start

    /// CreateContainer and StartContainer, as kubelet calls them; the outcome of the first that does not succeed.
    private func createAndStart(_ name: String) async throws -> Value {
        guard let plan = containers[name] else { throw StepProblem.harness("the container \(name) was never planned") }
        func outcome(_ record: CallRecord) -> Value {
            .record(
                Record(
                    type: "outcome",
                    fields: [
                        "code": .text(record.code.name), "message": .text(record.message), "at": .text(record.rpc.name),
                    ]
                )
            )
        }
        let (created, answer) = try await call("CreateContainer", plan.request)
        guard created.code == .ok else { return outcome(created) }
        let id = answer["containerId"]?.text ?? ""
        let request = Record(type: "StartContainerRequest", fields: ["containerId": .text(id)])
        let (started, _) = try await call("StartContainer", request)
        if started.code == .ok { try await settle(plan) }
        return outcome(started)
    }

    // MARK: - compare-seccomp

    /// The filters the container's first process runs under, held against a profile.
    private func compareSeccomp(_ name: String, profile: String) throws -> Value {
        guard let plan = containers[name] else { throw StepProblem.harness("the container \(name) was never made") }
        do {
            let comparison = try SeccompComparison(pid: try hostProcess(of: plan), profile: profile, root: context.root)
            return .record(comparison.record)
        } catch let error as ProbeError {
            if error.code == .unsupported { throw StepProblem.notApplicable(error.message) }
            throw StepProblem.harness("the seccomp filter of \(name) cannot be compared: \(error)")
        }
    }
}
