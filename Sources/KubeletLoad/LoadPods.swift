internal import CRICatalog
public import CRIClient
internal import Foundation

/// Pods of one container each, made for a load. Who makes them removes them by the run's label, whatever happens.
public struct LoadPods: Sendable {
    /// The label that tells whose a pod is; `crisol cleanup` goes by it.
    private static let label = "io.crisol/run"
    private static let namespace = "crisol"
    /// So many are made at a time, as kubelet would at the start of a node.
    private static let parallel = 4

    private let client: CRIClient
    private let run: String
    private let folder: String
    private let image: String

    /// Prepares to make pods.
    ///
    /// - Parameters:
    ///   - run: the run's id, in the labels and cgroups of everything that is made.
    ///   - folder: where their logs go.
    ///   - image: an image whose containers stay; it is pulled when it is not there.
    public init(client: CRIClient, run: String, folder: String, image: String) {
        self.client = client
        self.run = run
        self.folder = folder
        self.image = image
    }

    /// Makes pods.
    ///
    /// - Throws: ``KubeletLoadError`` with the call that failed; what was made until then is there.
    public func make(_ count: Int) async throws(KubeletLoadError) {
        try await pull()
        let usesSlices = await usesSystemdCgroups()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    if number >= Self.parallel { try await group.next() }
                    group.addTask { try await makePod(number, usesSlices: usesSlices) }
                }
                try await group.waitForAll()
            }
        } catch let error as KubeletLoadError {
            throw error
        } catch {
            throw KubeletLoadError("\(error)")
        }
    }

    private func pull() async throws(KubeletLoadError) {
        let spec = Record(type: "ImageSpec", fields: ["image": .text(image)])
        let status = try await call("ImageStatus", ["image": .record(spec)])
        if status["image"] == nil { _ = try await call("PullImage", ["image": .record(spec)]) }
    }

    /// `false` also when the runtime does not say: then it is older than the question.
    private func usesSystemdCgroups() async -> Bool {
        guard let linux = (try? await call("RuntimeConfig", [:]))?["linux"]?.record else { return false }
        // SYSTEMD is the field's default, which is not sent.
        return linux["cgroupDriver"] == nil
    }

    private func makePod(_ number: Int, usesSlices: Bool) async throws(KubeletLoadError) {
        let uid = UUID().uuidString.lowercased()
        let name = "load-\(number)"
        let logs = "\(folder)/logs/\(uid)"
        do {
            try FileManager.default.createDirectory(atPath: "\(logs)/c", withIntermediateDirectories: true)
        } catch {
            throw KubeletLoadError("\(logs): \(error.localizedDescription)")
        }
        let labels: [String: Value] = [
            Self.label: .text(run), "io.kubernetes.pod.name": .text(name), "io.kubernetes.pod.uid": .text(uid),
            "io.kubernetes.pod.namespace": .text(Self.namespace),
        ]
        let slice = "crisol_\(run)-pod\(uid.replacing("-", with: "_")).slice"
        let namespaces = try json(#"{"pid": "CONTAINER"}"#, "NamespaceOption")
        var sandbox = try json(
            """
            {"metadata": {"name": "\(name)", "uid": "\(uid)", "namespace": "\(Self.namespace)"}, "hostname": "\(name)",
             "linux": {"cgroupParent": "\(usesSlices ? slice : "/crisol-\(run)/pod\(uid)")", "securityContext": {}}}
            """,
            "PodSandboxConfig"
        )
        sandbox["logDirectory"] = .text(logs)
        sandbox["labels"] = .map(labels)
        sandbox["linux"] = Self.with(namespaces, in: sandbox["linux"])
        let pod = try await call("RunPodSandbox", ["config": .record(sandbox)])
        var container = try json(
            """
            {"metadata": {"name": "c"}, "logPath": "c/0.log",
             "linux": {"resources": {"cpuShares": 2, "oomScoreAdj": 1000}, "securityContext": {}}}
            """,
            "ContainerConfig"
        )
        container["image"] = .record(Record(type: "ImageSpec", fields: ["image": .text(image)]))
        container["labels"] = .map(labels.merging(["io.kubernetes.container.name": .text("c")]) { $1 })
        container["linux"] = Self.with(namespaces, in: container["linux"])
        let created = try await call(
            "CreateContainer",
            [
                "podSandboxId": pod["podSandboxId"] ?? .text(""), "config": .record(container),
                "sandboxConfig": .record(sandbox),
            ]
        )
        _ = try await call("StartContainer", ["containerId": created["containerId"] ?? .text("")])
    }

    private static func with(_ namespaces: Record, in linux: Value?) -> Value? {
        guard var record = linux?.record, var context = record["securityContext"]?.record else { return linux }
        context["namespaceOptions"] = .record(namespaces)
        record["securityContext"] = .record(context)
        return .record(record)
    }

    private func json(_ text: String, _ type: String) throws(KubeletLoadError) -> Record {
        do { return try RecordJSON(.cri).parse(Array(text.utf8), as: type) } catch {
            throw KubeletLoadError("\(type): \(error)")
        }
    }

    private func call(_ name: String, _ fields: [String: Value]) async throws(KubeletLoadError) -> Record {
        guard let rpc = Catalog.cri.rpc(named: name) else { throw KubeletLoadError("the CRI has no RPC \(name)") }
        let request = Record(type: rpc.request, fields: fields)
        let record = await client.call(
            rpc,
            request: MessageCodec(.cri).encode(request),
            options: .kubelet(rpc, request: request)
        )
        guard record.code == .ok else {
            throw KubeletLoadError("\(name) answered \(record.code.name): \(record.message)")
        }
        return (try? MessageCodec(.cri).decode(record.responses.first ?? [], as: rpc.response))
            ?? Record(type: rpc.response)
    }
}
