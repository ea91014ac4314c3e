import Foundation
import Outcome
import Testing

/// What a user meets who does something wrong. No runtime is needed.
@Suite struct UsageTests {
    @Test(
        "Wrong usage ends with 2 and says what to do",
        arguments: [
            (["run", "--managed", "podman"], "containerd"),
            (["run", "--endpoint", "unix:///x", "--managed", "containerd"], "exclude"),
            (["run", "--managed", "containerd", "--case", "no.such.case"], "no.such.case"),
            (["run", "--managed", "containerd", "--timeout", "soon"], "90s"),
            (["run", "--managed", "containerd", "--break-streams", "stall"], "stall-output"),
            (["prove", "--managed", "containerd", "--break-streams", "swap"], "not with prove"),
            (["lint", "/no/such/folder"], "/no/such"),
            (["exec", "4f2a"], "which command?"), (["exec", "4f2a", "--"], "which command?"),
            (["run", "--managed", "containerd", "--output", "/run/no-such/x"], "a managed run has a /run of its own"),
            (["run", "--managed", "containerd", "--profile", "/dev/fd/63"], "a managed run has a /proc of its own"),
            (["prove", "--managed", "containerd", "--fail-on", "deviation"], "not with prove"),
            (["exec", "--protocol", "carrier-pigeon", "4f2a", "ls"], "carrier-pigeon"),
            (["port-forward", "9c31", "80:http"], "80:http"), (["port-forward", "9c31", "0"], "'0'"),
            (["logs", "--tail", "-1", "4f2a"], "--tail"),
            (["report"], "results.json"), (["report", "/no/such/ledger"], "/no/such/ledger"),
            (["bench", "kubelet", "--endpoint", "unix:///x", "--duration", "soon"], "30s"),
            (["bench", "kubelet", "--endpoint", "unix:///x", "--create-pods", "--pods", "3"], "--image"),
            (["bench", "kubelet", "--endpoint", "unix:///x", "--pods", "0"], "1000"),
            (["fly"], "fly"), (["lnt"], "did you mean lint?"),
            (["faults", "prests"], "crisol faults has no command 'prests' (did you mean presets?)"),
            (["proxy", "unistall"], "did you mean uninstall?"), (["runtime", "stop"], "'crisol runtime --help'"),
            (["explain", "sandbox.stop.unknwon-id"], "did you mean sandbox.stop.unknown-id? crisol list"),
            (["explain", "my.case"], "suites of your own are named with the command"),
            (["explain", "sandbox.stop.unknown-id", "no.such.case"], "'no.such.case' is no file or folder"),
            (["run", "--managed", "containerd", "--registry-address", "foo"], "HOST:PORT"),
            (["run", "--managed", "containerd", "--profile", "containerd-1.8"], "containerd-1.6, containerd-1.7"),
            (["list", "--level", "may", "--case", "runtime.version.answers"], "they have must"),
            (
                ["run", "--managed", "containerd", "--level", "may", "--case", "runtime.version.answers"],
                "they have must"
            ),
            (["list", "--label", "stats", "--case", "runtime.version.answers"], "the label stats"),
            (["list", "--shard", "9/9", "--case", "runtime.version.answers"], "--shard 9/9 is empty"),
        ]
    )
    func wrongUsage(arguments: [String], words: String) async throws {
        let ending = try await CrisolProgram.run(arguments)
        #expect(ending.code == 2, "\(ending.output)")
        #expect(ending.output.contains(words), "\(ending.output)")
    }

    @Test func `Where no runtime is found a run ends with 3 and says how to have one`() async throws {
        let ending = try await CrisolProgram.run(["run"])
        #expect(ending.code == 3, "\(ending.output)")
        #expect(ending.output.contains("--managed containerd"), "\(ending.output)")
    }

    @Test(
        "What is wrong with a thing that was named is no matter of how the command is used",
        arguments: [
            ["explain", "no.such"], ["report", "/no/such/ledger"], ["faults", "show", "no-such-preset"],
            ["run", "--managed", "containerd", "--case", "no.such.case"],
        ]
    )
    func noUsage(arguments: [String]) async throws {
        let ending = try await CrisolProgram.run(arguments)
        #expect(ending.code == 2, "\(ending.output)")
        #expect(ending.output.hasPrefix("Error: ") && !ending.output.contains("Usage:"), "\(ending.output)")
        #expect(!ending.output.contains(") ("), "\(ending.output)")
    }

    @Test func `explain takes suites behind the id`() async throws {
        let suite = "\(CrisolProgram.folder)/Tests/IntegrationTests/Suites/language.yaml"
        for arguments in [[suite], ["--suites", suite]] {
            let ending = try await CrisolProgram.run(["explain", "language.pass.rounds"] + arguments)
            #expect(ending.code == 0, "\(ending.output)")
            #expect(ending.output.contains("Rounds of a block"), "\(ending.output)")
        }
    }

    @Test(
        "An endpoint nobody answers at ends with 3 and names it",
        arguments: ["unix:///tmp/crisol-no-such.sock", "unix:///etc/passwd"]
    )
    func noSuchSocket(endpoint: String) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let ending = try await CrisolProgram.run(
            ["run", "--endpoint", endpoint, "--output", folder.path, "--case", "runtime.version.answers"],
            environment: ["CRISOL_STATE": "\(folder.path)/state"]
        )
        #expect(ending.code == 3, "\(ending.output)")
        #expect(ending.output.contains(String(endpoint.dropFirst(7))), "\(ending.output)")
    }

    @Test(
        "Commands by hand that reach no runtime end with 3, not with a code of the container's",
        arguments: [["exec", "4f2a", "ls"], ["attach", "4f2a"], ["logs", "4f2a"], ["port-forward", "9c31", "80"]]
    )
    func byHand(words: [String]) async throws {
        let ending = try await CrisolProgram.run(
            [words[0], "--endpoint", "unix:///tmp/crisol-no-such.sock"] + words.dropFirst()
        )
        #expect(ending.code == 3, "\(ending.output)")
        #expect(ending.output.contains("crisol-no-such.sock"), "\(ending.output)")
    }

    @Test func `A socket that accepts and never answers ends with 3 within the bound`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let socket = try ListeningSocket(path: "\(folder.path)/silent.sock")
        defer { socket.close() }
        let ending = try await CrisolProgram.run(
            ["version", "--endpoint", "unix://\(folder.path)/silent.sock"]
        )
        #expect(ending.code == 3, "\(ending.output)")
        #expect(ending.output.contains("silent.sock"), "\(ending.output)")
    }

    @Test func `A load on a socket nobody answers at ends with 3 and names it`() async throws {
        let ending = try await CrisolProgram.run([
            "bench", "kubelet", "--endpoint", "unix:///tmp/crisol-no-such.sock", "--duration", "1s",
        ])
        #expect(ending.code == 3, "\(ending.output)")
        #expect(ending.output.contains("/tmp/crisol-no-such.sock"), "\(ending.output)")
    }

    @Test func `A suite with twenty mistakes shows all twenty and runs nothing`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var text = "suite: t\ntitle: T\ncases:\n- id: t.one\n  title: T\n  level: must\n  source: x\n  steps:\n"
        for number in 1...20 { text += "  - call: Version\n    expect: {runtimeNam\(number): x}\n" }
        try folder.write("t.yaml", text)
        for arguments in [["lint", folder.path], ["run", folder.path, "--managed", "containerd"]] {
            let ending = try await CrisolProgram.run(arguments)
            #expect(ending.code == 2)
            #expect(ending.output.components(separatedBy: ": error: ").count == 21, "\(ending.output)")
            #expect(ending.output.contains("t.yaml:10:14: error: "), "\(ending.output)")
        }
    }

    @Test func `Help names every command, with examples and exit codes`() async throws {
        let ending = try await CrisolProgram.run(["--help"])
        #expect(ending.code == 0)
        for word in ["run", "lint", "list", "explain", "cleanup", "version", "EXAMPLES", "EXIT CODES"] {
            #expect(ending.output.contains(word))
        }
    }

    @Test func `The help of run names every verdict, each on a line that is not broken`() async throws {
        let ending = try await CrisolProgram.run(["run", "--help"])
        let lines = ending.output.split(separator: "\n")
        for verdict in Verdict.allCases {
            #expect(lines.contains { $0.hasPrefix("  \(verdict.rawValue) ") && $0.hasSuffix(verdict.meaning) })
        }
        #expect(ending.output.contains("CRISOL_STATE"))
    }

    @Test func `The list is JSON a program can read`() async throws {
        let ending = try await CrisolProgram.run(["list", "--json"])
        let items = try #require(try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [[String: Any]])
        #expect(items.count >= 100)
        #expect(items.allSatisfy { $0["id"] is String && $0["level"] is String })
    }
}

/// A unix socket that accepts connections, since the kernel does that, and never answers.
struct ListeningSocket {
    let descriptor: Int32

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(descriptor, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
    }

    func close() { _ = Foundation.close(descriptor) }
}
