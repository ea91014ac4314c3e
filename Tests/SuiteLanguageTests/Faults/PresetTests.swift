import CRICatalog
import FaultModel
import SuiteLanguage
import Testing

/// The presets: each is read, tells its story, and happens to the calls it names and to no other call of the CRI.
@Suite struct PresetTests {
    @Test("Every preset is in this table, and every row of it is a preset")
    func complete() throws {
        #expect(try Preset.names() == PresetTable.all.map(\.name).sorted())
    }

    @Test("A preset tells what happened and what should have", arguments: PresetTable.all)
    func story(_ expected: PresetExpectation) throws {
        let plan = try Preset(expected.name).plan
        #expect(plan.name == expected.name)
        #expect(!plan.story.title.isEmpty && plan.story.title.count <= 110, "\(plan.story.title.count)")
        #expect(plan.story.text.count > 60)
        #expect(!plan.story.references.isEmpty)
        #expect(plan.story.kubelet != nil || plan.story.runtime != nil)
    }

    @Test("A preset happens to the calls it names, and to no others", arguments: PresetTable.all)
    func calls(_ expected: PresetExpectation) throws {
        let preset = try Preset(expected.name)
        for rpc in Catalog.cri.rpcs {
            let meant = Preset.subject(
                rpc,
                namespace: "shop",
                pod: "web-0",
                container: "app",
                image: "registry.example/app:1"
            )
            #expect(preset.story(of: rpc, meant) == expected.calls[rpc.name] ?? "never", "\(rpc.name)")
            guard SubjectReader.canNamePod(rpc) else { continue }
            let foreign = Preset.subject(
                rpc,
                namespace: "bank",
                pod: "web-0",
                container: "app",
                image: "registry.example/app:1"
            )
            let other = Preset.subject(
                rpc,
                namespace: "shop",
                pod: "db-0",
                container: "db",
                image: "registry.example/db:1"
            )
            if !expected.isForAllPods {
                #expect(preset.story(of: rpc, foreign) == "never", "\(rpc.name) in another namespace")
            }
            if preset.hasPod { #expect(preset.story(of: rpc, other) == "never", "\(rpc.name) of another pod") }
            let system = Preset.subject(
                rpc,
                namespace: "kube-system",
                pod: "dns-0",
                container: "app",
                image: "registry.example/app:1"
            )
            #expect(preset.story(of: rpc, system) == "never", "\(rpc.name) in kube-system")
            let unknown = Subject(unknownID: "gone")
            #expect(preset.story(of: rpc, unknown) == "never", "\(rpc.name) with an id nobody knows")
        }
    }

    @Test("A preset happens to connections only where it says so", arguments: PresetTable.all)
    func connections(_ expected: PresetExpectation) throws {
        let preset = try Preset(expected.name)
        for moment in [ConnectionMoment.accepted, .identified, .present] {
            #expect(preset.story(of: moment) == expected.connections[moment] ?? "never", "\(moment)")
        }
    }

    @Test("With its defaults a preset spares the other namespaces", arguments: PresetTable.all)
    func standardNamespace(_ expected: PresetExpectation) throws {
        let standard = try Preset(expected.name).plan.parameters.first { $0.name == "namespace" }?.standard
        #expect(standard == nil || standard == "default" || expected.name == "pleg-slow-inspect")
    }
}

/// What each preset does.
enum PresetTable {
    private static let dropped: [ConnectionMoment: String] = [.present: "drop always"]
    private static let away: [ConnectionMoment: String] = [.present: "drop always", .accepted: "refuse always"]
    private static let changing = [
        "RunPodSandbox", "StopPodSandbox", "RemovePodSandbox", "CreateContainer", "StartContainer", "StopContainer",
        "RemoveContainer", "UpdateContainerResources",
    ]

    private static func each(_ methods: [String], _ story: String) -> [String: String] {
        Dictionary(uniqueKeysWithValues: methods.map { ($0, story) })
    }

    static let all: [PresetExpectation] = nodePresets + podPresets + containerPresets + imagePresets + otherPresets

    private static let nodePresets: [PresetExpectation] = [
        PresetExpectation(
            name: "pleg-list-hang",
            calls: each(["ListPodSandbox", "ListContainers"], "hang x45")
        ),
        PresetExpectation(
            name: "pleg-one-pod-hang",
            calls: each(["PodSandboxStatus", "ContainerStatus"], "hang always")
        ),
        PresetExpectation(
            name: "pleg-slow-inspect",
            calls: each(["PodSandboxStatus", "ContainerStatus"], "delay always")
        ),
        PresetExpectation(
            name: "list-too-big",
            calls: each(["ListPodSandbox", "ListContainers"], "mutate response x2, error RESOURCE_EXHAUSTED x2")
        ),
        PresetExpectation(name: "list-partial", calls: ["ListContainers": "mutate response x3"]),
        PresetExpectation(
            name: "list-empty-after-restart",
            calls: each(["ListPodSandbox", "ListContainers"], "mutate response x2"),
            connections: dropped
        ),
        PresetExpectation(name: "list-stale", calls: ["ListContainers": "stale now and then"]),
        PresetExpectation(name: "stream-list-truncated", calls: ["StreamContainers": "stream end-early always"]),
        PresetExpectation(name: "stream-list-unimplemented", calls: ["StreamPodSandboxes": "error UNIMPLEMENTED"]),
        PresetExpectation(name: "status-hang", calls: ["Status": "hang x8"]),
        PresetExpectation(name: "status-flap", calls: ["Status": "error UNAVAILABLE now and then"]),
        PresetExpectation(name: "network-not-ready", calls: ["Status": "mutate response always"]),
        PresetExpectation(name: "status-missing-conditions", calls: ["Status": "mutate response always"]),
    ]

    private static let podPresets: [PresetExpectation] = [
        PresetExpectation(
            name: "sandbox-timeout-name-reserved",
            calls: ["RunPodSandbox": "lose-response at deadline"]
        ),
        PresetExpectation(name: "sandbox-timeout-ip-leak", calls: ["RunPodSandbox": "cancel unseen"]),
        PresetExpectation(name: "sandbox-lost-response", calls: ["RunPodSandbox": "lose-response UNAVAILABLE"]),
        PresetExpectation(name: "sandbox-flaky-error", calls: ["RunPodSandbox": "error UNKNOWN now and then"]),
        PresetExpectation(name: "sandbox-stop-hang", calls: ["StopPodSandbox": "hang always"]),
        PresetExpectation(
            name: "sandbox-stop-not-idempotent",
            calls: ["StopPodSandbox": "lose-response UNAVAILABLE, error UNKNOWN"]
        ),
        PresetExpectation(name: "sandbox-remove-fails", calls: ["RemovePodSandbox": "error UNKNOWN always"]),
        PresetExpectation(name: "sandbox-no-ip", calls: ["PodSandboxStatus": "mutate response x3"]),
        PresetExpectation(
            name: "sandbox-status-nil-metadata",
            calls: each(["PodSandboxStatus", "ListPodSandbox"], "mutate response x3")
        ),
        PresetExpectation(
            name: "sandbox-notready-flip",
            calls: each(["PodSandboxStatus", "ListPodSandbox"], "mutate response")
        ),
    ]

    private static let containerPresets: [PresetExpectation] = [
        PresetExpectation(name: "create-timeout-name-reserved", calls: ["CreateContainer": "cancel unseen"]),
        PresetExpectation(name: "create-slow-stage", calls: ["CreateContainer": "cancel unseen x3"]),
        PresetExpectation(name: "create-lost-response", calls: ["CreateContainer": "lose-response DEADLINE_EXCEEDED"]),
        PresetExpectation(name: "start-lost-response", calls: ["StartContainer": "lose-response at deadline"]),
        PresetExpectation(name: "stop-hang", calls: each(["StopContainer", "StopPodSandbox"], "hang always")),
        PresetExpectation(name: "stop-cancel-kills", calls: ["StopContainer": "drop"]),
        PresetExpectation(
            name: "remove-not-found-loop",
            calls: each(["ContainerStatus", "RemoveContainer"], "error UNKNOWN always")
        ),
        PresetExpectation(name: "status-notfound-race", calls: ["ContainerStatus": "error NOT_FOUND"]),
        PresetExpectation(
            name: "state-unknown",
            calls: each(["ListContainers", "ContainerStatus"], "mutate response x3")
        ),
        PresetExpectation(name: "status-missing-fields", calls: ["ContainerStatus": "mutate response x3"]),
        PresetExpectation(
            name: "clock-skew-created-at",
            calls: each(["ListContainers", "ContainerStatus"], "mutate response always")
        ),
        PresetExpectation(
            name: "update-resources-fails",
            calls: each(
                ["UpdateContainerResources", "UpdatePodSandboxResources"],
                "error UNKNOWN x2, lose-response UNAVAILABLE x2"
            )
        ),
        PresetExpectation(
            name: "log-reopen-fails",
            calls: ["ReopenContainerLog": "hang, error UNKNOWN, lose-response UNAVAILABLE"]
        ),
        PresetExpectation(name: "execsync-hang", calls: ["ExecSync": "hang always"]),
        PresetExpectation(
            name: "execsync-unavailable",
            calls: ["ExecSync": "error UNAVAILABLE x38, error DEADLINE_EXCEEDED x22"]
        ),
        PresetExpectation(name: "execsync-big-output", calls: ["ExecSync": "mutate response x6"]),
        PresetExpectation(
            name: "stream-url-dead",
            calls: each(["Exec", "Attach", "PortForward"], "mutate response x4")
        ),
        PresetExpectation(
            name: "stream-stall",
            calls: each(["Exec", "Attach", "PortForward"], "bytes stall always")
        ),
    ]

    private static let imagePresets: [PresetExpectation] = [
        PresetExpectation(name: "pull-hang", calls: ["PullImage": "hang always"]),
        PresetExpectation(name: "pull-slow-parallel", calls: ["PullImage": "delay always"]),
        PresetExpectation(
            name: "pull-error-codes",
            calls: ["PullImage": "error UNKNOWN, error UNAVAILABLE, error UNAUTHENTICATED"]
        ),
        PresetExpectation(name: "pull-cancelled-by-reconnect", calls: ["PullImage": "drop x2"]),
        PresetExpectation(name: "pull-lost-response", calls: ["PullImage": "lose-response UNAVAILABLE"]),
        PresetExpectation(
            name: "image-vanishes",
            calls: ["ImageStatus": "stale x8", "CreateContainer": "error NOT_FOUND"]
        ),
        PresetExpectation(name: "imagefs-zero", calls: ["ImageFsInfo": "mutate response x10"]),
        PresetExpectation(name: "imagefs-stale-or-full", calls: ["ImageFsInfo": "mutate response x5, stale x55"]),
    ]

    private static let otherPresets: [PresetExpectation] = [
        PresetExpectation(
            name: "events-five-strikes",
            calls: ["GetContainerEvents": "error UNAVAILABLE x5"],
            connections: dropped
        ),
        PresetExpectation(
            name: "events-silent",
            calls: ["GetContainerEvents": "stream swallow always"],
            connections: dropped
        ),
        PresetExpectation(
            name: "events-bad-timestamp",
            calls: ["GetContainerEvents": "stream mutate always"],
            connections: dropped
        ),
        PresetExpectation(
            name: "events-wrong-type-or-order",
            calls: ["GetContainerEvents": "stream mutate, stream reorder, stream repeat, stream mutate"],
            connections: dropped
        ),
        PresetExpectation(
            name: "events-replay-after-gap",
            calls: ["GetContainerEvents": "stream hold always"],
            connections: dropped
        ),
        PresetExpectation(
            name: "events-backpressure",
            calls: ["GetContainerEvents": "bandwidth x38"],
            connections: dropped
        ),
        PresetExpectation(name: "runtime-restart", calls: [:], connections: away),
        PresetExpectation(name: "reconnect-spin", calls: [:], connections: away),
        PresetExpectation(
            name: "half-open",
            calls: [:],
            connections: [.accepted: "blackhole always", .present: "blackhole always"]
        ),
        PresetExpectation(
            name: "rst-stream",
            calls: each(
                Catalog.cri.rpcs.filter { SubjectReader.canNamePod($0) }.map(\.name),
                "reset REFUSED_STREAM, reset CANCEL, reset ENHANCE_YOUR_CALM, reset PROTOCOL_ERROR"
            )
        ),
        PresetExpectation(name: "goaway", calls: [:], connections: [.present: "goaway always"]),
        PresetExpectation(name: "startup-not-implemented", calls: ["Version": "error UNIMPLEMENTED always"]),
        PresetExpectation(
            name: "startup-slow",
            calls: ["RuntimeConfig": "error UNAVAILABLE x2"],
            connections: [.accepted: "refuse always"]
        ),
        PresetExpectation(
            name: "stats-hang-or-partial",
            calls: each(["ListContainerStats", "ListPodSandboxStats"], "hang, mutate response x6")
        ),
        PresetExpectation(
            name: "brown-out",
            calls: each(Catalog.cri.rpcs.map(\.name), "delay+bandwidth always"),
            isForAllPods: true
        ),
        PresetExpectation(
            name: "flaky-5pct",
            calls: each(changing, "error UNAVAILABLE, lose-response UNAVAILABLE now and then")
        ),
    ]
}
