import Foundation
import Testing

/// `crisol bench kubelet` against a real runtime, with a relay between them and without.
extension ManagedRunTests {
    private static let pods = ["--create-pods", "--pods", "2", "--duration", "3s"]

    @Test func `kubelet's load makes its pods, calls as kubelet does, and leaves nothing`() async throws {
        try await StartedRuntime.run { runtime in
            let ending = try await CrisolProgram.run(
                ["bench", "kubelet", "--endpoint", runtime.endpoint, "--image", runtime.image, "--json"] + Self.pods
            )
            #expect(ending.code == 0, "\(ending.output)")
            #expect(ending.output.contains("crisol: PASS"), "\(ending.output)")
            // Standard error comes after it, in the same pipe.
            let json = try #require(ending.output.range(of: "\n}\n")).upperBound
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(ending.output[..<json].utf8)) as? [String: Any]
            )
            let methods = try #require(report["methods"] as? [String: [String: Any]])
            // A relist each second, of both lists; and the status of whose turn it is.
            for list in ["ListPodSandbox", "ListContainers"] {
                #expect((methods[list]?["calls"] as? Int ?? 0) >= 3, "\(list): \(ending.output)")
            }
            for status in ["PodSandboxStatus", "ContainerStatus"] {
                #expect((methods[status]?["calls"] as? Int ?? 0) >= 1, "\(status): \(ending.output)")
            }
            for (name, method) in methods { #expect((method["errors"] as? [String: Int])?.isEmpty == true, "\(name)") }
            let left = try await runtime.call("ListPodSandbox", [:])
            #expect((left["items"] as? [Any] ?? []).isEmpty, "\(left)")
        }
    }

    @Test func `kubelet would not be content with a runtime whose status fails, and one is told so`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(
            "plan.yaml",
            "rules:\n- {id: status, match: {method: Status, scope: node}, fault: {error: UNAVAILABLE}, ttl: 5m}\n"
        )
        try await StartedRuntime.run { runtime in
            let socket = "unix://\(folder.path)/relay"
            let relay = try await ProxyProgram.run([
                "--listen", socket, "--upstream", runtime.endpoint, "--control", "\(folder.path)/control",
                "--plan", "\(folder.path)/plan.yaml",
            ]) { _ in
                let ending = try await CrisolProgram.run(
                    ["bench", "kubelet", "--endpoint", socket, "--image", runtime.image] + Self.pods
                )
                #expect(ending.code == 1, "\(ending.output)")
                #expect(ending.output.contains("UNAVAILABLE"), "\(ending.output)")
                #expect(ending.output.contains("crisol: FAIL"), "\(ending.output)")
            }
            #expect(relay.code == 0, "\(relay.output)")
            let left = try await runtime.call("ListPodSandbox", [:])
            #expect((left["items"] as? [Any] ?? []).isEmpty, "\(left)")
        }
    }
}
