internal import CRICatalog

/// A pod and its containers, by their ids.
struct LoadedPod: Sendable, Hashable {
    /// The sandbox.
    let id: String
    /// Its running containers.
    var containers: [String]
}

/// One call of kubelet's, by name and with its request.
struct KubeletCall: Sendable, Hashable {
    /// The RPC's name.
    let rpc: String
    /// The request.
    let request: Record
    /// Whether kubelet does without it when the runtime does not have it.
    let isOptional: Bool

    init(_ rpc: String, _ fields: [String: Value] = [:], isOptional: Bool = false) {
        self.rpc = rpc
        self.request = Record(type: "\(rpc)Request", fields: fields)
        self.isOptional = isOptional
    }
}

/// The calls that each of kubelet's triggers makes, one after the other as kubelet does.
struct KubeletCalls {
    private let catalog: Catalog

    init(_ catalog: Catalog = .cri) { self.catalog = catalog }

    /// What kubelet asks before anything else.
    var startup: [KubeletCall] {
        [
            KubeletCall("Version"), KubeletCall("ImageFsInfo"), KubeletCall("Version", ["version": .text("0.1.0")]),
            KubeletCall("RuntimeConfig", isOptional: true),
        ]
    }

    private static let lists = [KubeletCall("ListPodSandbox"), KubeletCall("ListContainers")]

    /// The calls of a trigger.
    ///
    /// - Parameters:
    ///   - pod: the one whose turn it is, for the trigger that is about one.
    ///   - pods: all.
    func calls(of trigger: KubeletTrigger, pod: LoadedPod?, pods: [LoadedPod]) -> [KubeletCall] {
        switch trigger {
        case .relist, .containerGC: return Self.lists
        case .pod: return pod.map(calls(of:)) ?? []
        case .runtimeUp: return [KubeletCall("Status")]
        case .housekeeping:
            return [
                filtered("ListPodSandbox", "PodSandboxFilter", state("PodSandboxStateValue", "SANDBOX_READY")),
                filtered("ListContainers", "ContainerFilter", state("ContainerStateValue", "CONTAINER_RUNNING")),
            ]
        case .stats:
            return Self.lists.reversed() + [
                KubeletCall("ListContainerStats", isOptional: true), KubeletCall("ImageFsInfo"),
            ]
        case .logs: return [KubeletCall("ListContainers")] + pods.flatMap(\.containers).map(status(of:))
        case .node: return [KubeletCall("Version", ["version": .text("0.1.0")])]
        case .images: return [KubeletCall("ListImages")]
        case .imageGC: return [KubeletCall("ListImages")] + Self.lists + [KubeletCall("ImageFsInfo")]
        }
    }

    private func calls(of pod: LoadedPod) -> [KubeletCall] {
        [
            filtered("ListPodSandbox", "PodSandboxFilter", ["id": .text(pod.id)]),
            KubeletCall("PodSandboxStatus", ["podSandboxId": .text(pod.id)]),
            filtered("ListContainers", "ContainerFilter", ["podSandboxId": .text(pod.id)]),
        ] + pod.containers.map(status(of:))
    }

    private func status(of container: String) -> KubeletCall {
        KubeletCall("ContainerStatus", ["containerId": .text(container)])
    }

    private func filtered(_ rpc: String, _ filter: String, _ fields: [String: Value]) -> KubeletCall {
        KubeletCall(rpc, ["filter": .record(Record(type: filter, fields: fields))])
    }

    private func state(_ type: String, _ name: String) -> [String: Value] {
        let enumeration = type == "PodSandboxStateValue" ? "PodSandboxState" : "ContainerState"
        guard let states = catalog.enumeration(named: enumeration), let member = states.member(named: name) else {
            return [:]
        }
        let value = Value.enumeration(EnumValue(states, number: member.number))
        return ["state": .record(Record(type: type, fields: ["state": value]))]
    }
}
