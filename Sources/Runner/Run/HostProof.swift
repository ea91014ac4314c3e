import CRICatalog
import Foundation
import HostProbe
import ManagedRuntime
import Outcome

/// The whole-host leak proof of a managed runtime: what is on the node at the end of a run that was not there before
/// its first case, although every case found its own things gone.
struct HostProof: Sendable {
    private let context: RunContext
    private let before: HostSnapshot

    /// Looks at the node before the first case; `nil` where others work beside us.
    ///
    /// A pod with a host port is made and removed first: what the network plugins make once and keep, such as their
    /// bridge and their own chains, is no leak.
    static func begin(_ context: RunContext, _ facts: RuntimeFacts, looksAtNode: Bool) async -> HostProof? {
        guard context.managed != nil, looksAtNode, NamespaceSession.hasOwnNetwork else { return nil }
        await warmUp(context, facts)
        return HostProof(context: context, before: await snapshot(context))
    }

    /// Waits up to ten seconds until nothing is left, and says what is, but for what cases have already answered for.
    func end(slack: Double, passingOver known: LeakMarks) async -> [Finding] {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(10) * slack
        while true {
            let left = await Self.snapshot(context).leftover(since: before).filter { !known.cover($0) }
            if left.isEmpty { return [] }
            if clock.now >= deadline {
                let shown = left.prefix(100)
                let rest = left.count > shown.count ? ["... (\(left.count) in all)"] : []
                return [
                    Finding(
                        title: "Left on the node by no single case",
                        text: (shown + rest).joined(separator: "\n")
                    )
                ]
            }
            try? await Task.sleep(for: .milliseconds(200), clock: clock)
        }
    }

    private static func snapshot(_ context: RunContext) async -> HostSnapshot {
        HostSnapshot(
            root: context.root,
            rules: await Netfilter.rules(),
            cgroup: context.cgroupName,
            daemon: context.managed?.pid,
            passingOver: [context.folder]
        )
    }

    private static func warmUp(_ context: RunContext, _ facts: RuntimeFacts) async {
        let caller = Caller(context)
        let defaults = FixtureDefaults(context: context, facts: facts, caseToken: "warm-up")
        var config = defaults.sandbox(name: "warm-up", uid: UUID().uuidString.lowercased())
        if let port = context.ports.next() {
            config["portMappings"] = .list([
                .record(
                    Record(
                        type: "PortMapping",
                        fields: ["containerPort": .integer(80), "hostPort": .integer(Int128(port))]
                    )
                )
            ])
        }
        let folder = config["logDirectory"]?.text ?? ""
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let (_, answer) = await caller.call(
            "RunPodSandbox",
            Record(type: "RunPodSandboxRequest", fields: ["config": .record(config)])
        )
        // A runtime that cannot make it is found by the cases about that.
        guard let id = answer["podSandboxId"]?.text, !id.isEmpty else { return }
        for rpc in ["StopPodSandbox", "RemovePodSandbox"] {
            _ = await caller.call(rpc, Record(type: rpc + "Request", fields: ["podSandboxId": .text(id)]))
        }
    }
}
