import CRICatalog
import CRIClient
import Foundation
import HostProbe
import ManagedRuntime
import SuiteLanguage

/// Changes of the node and of the managed runtime: each is noted before it is made and taken back at the end.
extension CaseRun {
    func act(_ act: HostAct) throws {
        switch act {
        case .rotateLog(let name): try rotateLog(name)
        case .mount(let template):
            let path = try text(template) ?? ""
            guard Self.isBelow(path, "\(context.folder)/directories") else {
                throw StepProblem.harness("a mount is made below a directory of the case, not at '\(path)'")
            }
            try willMount(path)
            if let problem = HostMount.temporary(path) { throw StepProblem.harness("\(path): \(problem)") }
        case .kill(let name):
            for pid in try sandboxProcesses(name) { kill(pid, SIGKILL) }
        case .unmountNetworkNamespace(let name): try unmountNetworkNamespace(name)
        case .suspend(let name):
            let probe = ProcessProbe(root: context.root)
            let watchers = try watchers(of: name)
            guard !watchers.isEmpty else {
                throw StepProblem.notApplicable("no process on this node watches over the sandbox \(name) alone")
            }
            for pid in watchers {
                guard let startTime = try? probe.startTime(of: pid) else { continue }
                ledger.willUndo(.resume(pid: pid, startTime: startTime))
                kill(pid, SIGSTOP)
            }
        // A runtime may have ended meanwhile what it waited for in vain.
        case .resume(let name): for pid in try watchers(of: name) { kill(pid, SIGCONT) }
        }
    }

    /// What the runtime has running on the node for this sandbox: processes that name its id, or that of one of its
    /// containers, and are no part of the pod.
    private func watchers(of name: String) throws -> [Int32] {
        guard let plan = sandboxes[name] else { throw StepProblem.harness("the sandbox \(name) was never made") }
        let ids = [plan.id] + containers.values.filter { $0.sandbox == name }.map(\.id)
        return ProcessProbe(root: context.root).pids(naming: ids.filter { !$0.isEmpty })
            .filter { $0 != context.managed?.pid && $0 != getpid() }
    }

    private static func isBelow(_ path: String, _ folder: String) -> Bool {
        path.hasPrefix(folder + "/") && !path.split(separator: "/").contains("..")
    }

    /// Names a mount before it is made.
    func willMount(_ path: String) throws {
        try context.journal.record(.mount(path: path))
        ledger.willUndo(.unmount(path: path))
    }

    /// Renames the log as kubelet's rotation does (kubelet: pkg/kubelet/logs). The name sorts by time.
    private func rotateLog(_ name: String) throws {
        guard let plan = containers[name] else { throw StepProblem.harness("the container \(name) was never made") }
        let stamp = "\(Timestamp.now().wallNanoseconds)"
        guard rename(plan.logPath, "\(plan.logPath).\(stamp)") == 0 else {
            let reason = String(cString: strerror(errno))
            // Without a log there is nothing to rotate, and that is the runtime's doing.
            throw StepProblem.absent(path: "log", expected: "a log file at \(plan.logPath)", actual: reason)
        }
    }

    /// The processes of the sandbox itself: those in a cgroup named after it, or, where a guest holds all of the pod,
    /// in the pod's own.
    private func sandboxProcesses(_ name: String) throws -> [Int32] {
        guard let plan = sandboxes[name] else { throw StepProblem.harness("the sandbox \(name) was never made") }
        let probe = ProcessProbe(root: context.root)
        let named = probe.pids(inCgroupNaming: plan.id)
        // A case may name any cgroup as the parent; what is in one that is not of this run is nobody's to kill.
        let isOwn = plan.cgroupParent.contains(context.id)
        let found = named.isEmpty && isOwn ? probe.pids(inCgroup: plan.cgroupParent) : named
        guard !found.isEmpty else {
            throw StepProblem.notApplicable(
                "no process on this node is in a cgroup named after the sandbox \(name), or in \(plan.cgroupParent)"
            )
        }
        return found
    }

    /// Takes the sandbox's network namespace away from every place where it is mounted, as a reboot or a zealous
    /// clean-up does.
    private func unmountNetworkNamespace(_ name: String) throws {
        let probe = ProcessProbe(root: context.root)
        guard let pid = try sandboxProcesses(name).first, let namespace = probe.namespace("net", of: pid) else {
            throw StepProblem.notApplicable("the network namespace of \(name) cannot be seen")
        }
        let places: [String]
        do {
            places = try MountTable(pid: nil, root: context.root).mounts.filter { $0.root == namespace }.map(\.point)
        } catch {
            throw StepProblem.harness("the mounts of the node cannot be read: \(error)")
        }
        guard !places.isEmpty else {
            throw StepProblem.notApplicable("the network namespace of \(name) is not mounted anywhere")
        }
        for place in places {
            if let problem = HostMount.remove(place) { throw StepProblem.harness("\(place): \(problem)") }
        }
    }

    // MARK: - The managed runtime

    func change(_ step: RuntimeStep) async throws {
        guard let managed = context.managed else {
            throw StepProblem.notApplicable("only a runtime that crisol started itself is killed or stopped")
        }
        if let after = step.after { try await Task.sleep(until: previousStart + after, clock: .continuous) }
        do {
            switch step.action {
            case .kill:
                ledger.willUndo(.startRuntime)
                try await managed.kill()
            case .stop:
                ledger.willUndo(.startRuntime)
                try await managed.stop()
            case .start: try await managed.start()
            case .restart:
                ledger.willUndo(.startRuntime)
                try await managed.restart()
            case .removeNetworkConfiguration:
                ledger.willUndo(.restoreNetworkConfiguration)
                try managed.network.removeConfiguration()
            case .restoreNetworkConfiguration: try managed.network.restoreConfiguration()
            }
        } catch {
            // That it does not come up again is its own failure.
            if step.action == .start || step.action == .restart {
                throw StepProblem.absent(path: "runtime", expected: "it starts and answers", actual: "\(error)")
            }
            throw StepProblem.harness("runtime \(step.action.rawValue): \(error)")
        }
    }

    // MARK: - Its network

    func network(_ step: NetworkStep) throws -> Value {
        guard let managed = context.managed else {
            throw StepProblem.notApplicable("only the network plugin of a managed runtime can be told what to do")
        }
        guard let plan = sandboxes[step.sandbox] else {
            throw StepProblem.harness("the sandbox \(step.sandbox) was never made")
        }
        let uid = plan.uid
        do {
            if let behaviour = step.behaviour {
                ledger.willUndo(.healNetwork(pod: uid))
                try managed.network.behave(pod: uid, behaviour.map { ($0.rawValue, NetworkBehaviour($1)) })
            }
            let seen = try managed.network.record(pod: uid)
            let calls = seen.calls.map { call in
                Value.record(
                    Record(type: "call", fields: ["command": .text(call.command), "state": .text(call.state.rawValue)])
                )
            }
            return .record(
                Record(
                    type: "network",
                    fields: ["calls": .list(calls), "addresses": .list(seen.addresses.map { .text($0) })]
                )
            )
        } catch {
            throw StepProblem.harness("the network plugin of \(step.sandbox): \(error)")
        }
    }
}

extension NetworkBehaviour {
    fileprivate init(_ behaviour: NetworkStep.Behaviour) {
        switch behaviour {
        case .hold: self = .hold
        case .delay(let time): self = .delay(time)
        case .fail(let times): self = .fail(times: times)
        }
    }
}
