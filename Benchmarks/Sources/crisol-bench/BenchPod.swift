import CRICatalog
import CRIClient
import Foundation

/// A pod with one container, made with kubelet's calls and nothing else.
struct BenchPod: Sendable {
    let sandbox: String
    let container: String
    private let folder: String
    private let uid: String

    /// Makes a pod and starts its container.
    ///
    /// - Parameter arguments: of the test image's program; the image's own when there are none.
    static func start(_ client: CRIClient, image: String, name: String, arguments: [String] = []) async throws -> Self {
        let uid = UUID().uuidString.lowercased()
        let folder = "\(NSTemporaryDirectory())crisol-bench-logs/\(uid)"
        try FileManager.default.createDirectory(atPath: "\(folder)/c", withIntermediateDirectories: true)
        let sandbox = """
            {"metadata": {"name": "\(name)", "uid": "\(uid)", "namespace": "bench"}, "hostname": "\(name)",
             "logDirectory": "\(folder)", "labels": {"io.kubernetes.pod.uid": "\(uid)"},
             "linux": {"cgroupParent": "/crisol-bench/pod\(uid)", "securityContext": {"namespaceOptions": {"pid": "CONTAINER"}}}}
            """
        let pod = try await call(client, "RunPodSandbox", "{\"config\": \(sandbox)}")["podSandboxId"]?.text ?? ""
        let words = arguments.map { "\"\($0)\"" }.joined(separator: ", ")
        let config = """
            {"metadata": {"name": "c"}, "image": {"image": "\(image)"}, "logPath": "c/0.log", "args": [\(words)],
             "linux": {"resources": {"cpuShares": 2, "oomScoreAdj": 1000}, "securityContext": {"namespaceOptions": {"pid": "CONTAINER"}}}}
            """
        let container = try await call(
            client,
            "CreateContainer",
            "{\"podSandboxId\": \"\(pod)\", \"config\": \(config), \"sandboxConfig\": \(sandbox)}"
        )["containerId"]?.text
        let made = Self(sandbox: pod, container: container ?? "", folder: folder, uid: uid)
        try await call(client, "StartContainer", "{\"containerId\": \"\(made.container)\"}")
        return made
    }

    /// Stops and removes both.
    func remove(_ client: CRIClient) async throws {
        try await Self.call(client, "StopContainer", "{\"containerId\": \"\(container)\", \"timeout\": 2}")
        try await Self.call(client, "RemoveContainer", "{\"containerId\": \"\(container)\"}")
        try await Self.call(client, "StopPodSandbox", "{\"podSandboxId\": \"\(sandbox)\"}")
        try await Self.call(client, "RemovePodSandbox", "{\"podSandboxId\": \"\(sandbox)\"}")
        try? FileManager.default.removeItem(atPath: folder)
        removeControlGroups()
    }

    /// The pod's parent cgroup is kubelet's to remove, in each hierarchy of version 1 or the one of version 2.
    private func removeControlGroups() {
        let root = "/sys/fs/cgroup"
        for name in [""] + ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []) {
            rmdir("\(root)/\(name)/crisol-bench/pod\(uid)")
            // Stays while it has other pods.
            rmdir("\(root)/\(name)/crisol-bench")
        }
    }

    /// The answer to a call that must succeed.
    @discardableResult
    static func call(_ client: CRIClient, _ rpc: String, _ json: String) async throws -> Record {
        let record = try await client.call(rpc, json: json)
        guard record.code == .ok else { throw BenchError("\(rpc): \(record.code.name) \(record.message)") }
        return try MessageCodec(.cri).decode(record.responses.first ?? [], as: record.rpc.response)
    }
}
