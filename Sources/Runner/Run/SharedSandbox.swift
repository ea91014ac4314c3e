import CRICatalog
import CRIClient
import Foundation
import SuiteLanguage

/// The one default sandbox of all cases that say `shared: true`: made when the first of them asks, made anew when it is
/// found not ready, removed at the end of the run.
actor SharedSandbox {
    private var current: SandboxPlan?
    /// One at a time makes it; the others wait for that.
    private var making: Task<Outcome, Never>?

    /// A sandbox, or the call by which it could not be made.
    enum Outcome: Sendable {
        case ready(SandboxPlan)
        case failed(CallRecord)
    }

    /// The sandbox, ready.
    ///
    /// - Parameter defaults: what it is made of; its label is that of no case.
    func get(_ caller: Caller, _ defaults: FixtureDefaults) async -> Outcome {
        if let making { return await making.value }
        let earlier = current
        let task = Task { await Self.make(caller, defaults, earlier) }
        making = task
        let outcome = await task.value
        making = nil
        if case .ready(let plan) = outcome { current = plan }
        return outcome
    }

    private static func make(_ caller: Caller, _ defaults: FixtureDefaults, _ earlier: SandboxPlan?) async -> Outcome {
        if let earlier {
            let (_, answer) = await caller.call("PodSandboxStatus", request("PodSandboxStatus", earlier.id))
            // SANDBOX_READY is the default, so a status that is there says so by saying nothing.
            if let status = answer["status"]?.record, status["state"] == nil { return .ready(earlier) }
            await remove(earlier, caller)
        }
        let uid = UUID().uuidString.lowercased()
        let config = defaults.sandbox(name: "shared-\(uid.prefix(8))", uid: uid)
        var message = Record(type: "RunPodSandboxRequest", fields: ["config": .record(config)])
        if !defaults.context.runtimeHandler.isEmpty {
            message["runtimeHandler"] = .text(defaults.context.runtimeHandler)
        }
        var plan = SandboxPlan(name: "shared", config: config, request: message, isDefault: true)
        try? FileManager.default.createDirectory(atPath: plan.logDirectory, withIntermediateDirectories: true)
        let (record, answer) = await caller.call("RunPodSandbox", message)
        plan.id = answer["podSandboxId"]?.text ?? ""
        return record.code == .ok && !plan.id.isEmpty ? .ready(plan) : .failed(record)
    }

    /// Removes it; nothing happens when no case asked for it.
    func remove(_ caller: Caller) async {
        if let current { await Self.remove(current, caller) }
        current = nil
    }

    private static func remove(_ plan: SandboxPlan, _ caller: Caller) async {
        for rpc in ["StopPodSandbox", "RemovePodSandbox"] {
            _ = await caller.call(rpc, request(rpc, plan.id), deadline: .seconds(60))
        }
    }

    private static func request(_ rpc: String, _ id: String) -> Record {
        Record(type: rpc + "Request", fields: ["podSandboxId": .text(id)])
    }
}
