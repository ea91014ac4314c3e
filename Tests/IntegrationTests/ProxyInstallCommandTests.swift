import Foundation
import Testing

/// What stands behind `--` is in a unit that kubelet depends on: a mistake must be seen before anything is changed.
@Suite(.timeLimit(.minutes(10)))
struct ProxyInstallCommandTests {
    /// A node whose kubelet has its endpoint from its configuration file.
    private static func node(_ body: (_ root: String, _ configuration: String) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let kubelet = folder.path + "/var/lib/kubelet"
        try FileManager.default.createDirectory(atPath: kubelet, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: folder.path + "/var/log", withIntermediateDirectories: true)
        let unit = folder.path + "/etc/systemd/system"
        try FileManager.default.createDirectory(atPath: unit, withIntermediateDirectories: true)
        try "[Service]\nExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml\n"
            .write(toFile: unit + "/kubelet.service", atomically: true, encoding: .utf8)
        let configuration = kubelet + "/config.yaml"
        try "kind: KubeletConfiguration\ncontainerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        try await body(folder.path, configuration)
    }

    @Test(arguments: [
        (["--legder", "/x"], "Did you mean '--ledger'"),
        (["--listen", "/x"], "--listen is what the units themselves say"),
        (["--upstream=unix:///x"], "--upstream is what the units themselves say"),
        (["--ledger", "x/y"], "give the whole path"),
        (["--ledger", "/no/such/folder/x"], "there is no folder /no/such"),
        (["--plan", "/etc/nope.yaml"], "the file cannot be read"),
        (["--preset", "nope"], "no preset is called 'nope'"),
        (["--replay", "/var/log/old.jsonl"], "--replay goes with"),
        (["extra"], "Unexpected argument"),
    ])
    func `Options that the proxy would refuse are refused, and nothing is changed`(words: [String], why: String)
        async throws
    {
        try await Self.node { root, configuration in
            let before = try String(contentsOfFile: configuration, encoding: .utf8)
            let ending = try await CrisolProgram.run(["proxy", "install", "--root", root, "--"] + words)
            #expect(ending.code == 2, "\(ending.output)")
            #expect(ending.output.contains(why), "\(ending.output)")
            #expect(try String(contentsOfFile: configuration, encoding: .utf8) == before)
            #expect(!FileManager.default.fileExists(atPath: root + "/etc/systemd/system/crisol-proxy.service"))
        }
    }

    @Test func `A plan of the node is read where the node has it, and options stand in the unit`() async throws {
        try await Self.node { root, _ in
            try
                "plan: p\ntitle: t\nrules:\n- id: r\n  match: {method: RunPodSandbox, namespace: x}\n  fault: {error: UNAVAILABLE}\n"
                .write(toFile: root + "/etc/p.yaml", atomically: true, encoding: .utf8)
            let ending = try await CrisolProgram.run(
                [
                    "proxy", "install", "--root", root, "--", "--plan", "/etc/p.yaml", "--ledger",
                    "/var/log/crisol/l.jsonl",
                ]
            )
            #expect(ending.code == 0, "\(ending.output)")
            let unit = try String(
                contentsOfFile: root + "/etc/systemd/system/crisol-proxy.service",
                encoding: .utf8
            )
            #expect(unit.contains("--plan /etc/p.yaml --ledger /var/log/crisol/l.jsonl\n"))
        }
    }
}
