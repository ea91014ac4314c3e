public import CRICatalog

extension ObjectIndex {
    /// The calls whose answers tell ids.
    public static func tells(_ rpc: RPC) -> Bool {
        switch rpc.name {
        case "RunPodSandbox", "CreateContainer", "RemovePodSandbox", "RemoveContainer", "ListPodSandbox",
            "ListContainers", "StreamPodSandboxes", "StreamContainers":
            true
        default: false
        }
    }

    /// Learns from a call that succeeded; bytes that cannot be read teach nothing.
    ///
    /// - Parameter response: the answer's message; of a server stream, one of them.
    public mutating func learn(from rpc: RPC, request: [UInt8], response: [UInt8], catalog: Catalog = .cri) {
        let reader = SubjectReader(catalog)
        do throws(WireError) {
            switch rpc.name {
            case "RunPodSandbox":
                guard let id = try reader.text("pod_sandbox_id", rpc.response, response),
                    var pod = try reader.pod(at: "config", in: rpc.request, request)
                else { return }
                pod.runtimeHandler = try reader.text("runtime_handler", rpc.request, request) ?? ""
                learn(pod: pod, id: id)
            case "CreateContainer":
                guard let id = try reader.text("container_id", rpc.response, response) else { return }
                let container = ContainerIdentity(
                    name: try reader.text("config.metadata.name", rpc.request, request) ?? "",
                    image: try reader.text("config.image.image", rpc.request, request) ?? "",
                    podID: try reader.text("pod_sandbox_id", rpc.request, request) ?? "",
                    pod: try reader.pod(at: "sandbox_config", in: rpc.request, request)
                )
                learn(container: container, id: id)
            case "RemovePodSandbox": forget(try reader.text("pod_sandbox_id", rpc.request, request) ?? "")
            case "RemoveContainer": forget(try reader.text("container_id", rpc.request, request) ?? "")
            default: try learnItems(of: rpc, response, reader, catalog)
            }
        } catch {
            return
        }
    }

    private mutating func learnItems(
        of rpc: RPC,
        _ response: [UInt8],
        _ reader: SubjectReader,
        _ catalog: Catalog
    ) throws(WireError) {
        guard let message = catalog.message(named: rpc.response) else { return }
        for field in message.fields where field.isRepeated {
            switch field.type {
            case .message("PodSandbox"):
                for item in try reader.items(field.name, message.name, response) { try learn(sandbox: item, reader) }
            case .message("Container"):
                for item in try reader.items(field.name, message.name, response) { try learn(container: item, reader) }
            default: break
            }
        }
    }

    private mutating func learn(sandbox item: [UInt8], _ reader: SubjectReader) throws(WireError) {
        guard let pod = try reader.pod(sandbox: item) else { return }
        learn(pod: pod, id: try reader.text("id", "PodSandbox", item) ?? "")
    }

    private mutating func learn(container item: [UInt8], _ reader: SubjectReader) throws(WireError) {
        let container = ContainerIdentity(
            name: try reader.text("metadata.name", "Container", item) ?? "",
            image: try reader.text("image.image", "Container", item) ?? "",
            podID: try reader.text("pod_sandbox_id", "Container", item) ?? "",
            pod: try reader.pod(labels: "labels", of: "Container", item)
        )
        learn(container: container, id: try reader.text("id", "Container", item) ?? "")
    }
}

extension SubjectReader {
    /// The pod of an item of ListPodSandbox.
    func pod(sandbox item: [UInt8]) throws(WireError) -> PodIdentity? {
        guard let name = try text("metadata.name", "PodSandbox", item) else { return nil }
        return PodIdentity(
            namespace: try text("metadata.namespace", "PodSandbox", item) ?? "",
            name: name,
            uid: try text("metadata.uid", "PodSandbox", item) ?? "",
            labels: try map("labels", "PodSandbox", item),
            annotations: try map("annotations", "PodSandbox", item),
            runtimeHandler: try text("runtime_handler", "PodSandbox", item) ?? ""
        )
    }

    /// The pod that kubelet's own labels on an object name; they do not tell its annotations.
    func pod(labels path: String, of message: String, _ item: [UInt8]) throws(WireError) -> PodIdentity? {
        let labels = try map(path, message, item)
        guard let namespace = labels["io.kubernetes.pod.namespace"], let name = labels["io.kubernetes.pod.name"] else {
            return nil
        }
        var pod = PodIdentity(
            namespace: namespace,
            name: name,
            uid: labels["io.kubernetes.pod.uid"] ?? "",
            labels: labels
        )
        pod.hasKnownAnnotations = false
        return pod
    }
}
