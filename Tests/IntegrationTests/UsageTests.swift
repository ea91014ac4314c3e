import Foundation
import Testing

/// What a user meets who does something wrong. No runtime is needed.
@Suite struct UsageTests {
    @Test(
        "Wrong usage ends with 2 and says what to do",
        arguments: [
            (["run"], "--managed containerd"), (["run", "--managed", "podman"], "containerd"),
            (["run", "--endpoint", "unix:///x", "--managed", "containerd"], "exclude"),
            (["run", "--managed", "containerd", "--case", "no.such.case"], "no.such.case"),
            (["run", "--managed", "containerd", "--timeout", "soon"], "90s"),
            (["run", "--managed", "containerd", "--break-streams", "stall"], "stall-output"),
            (["prove", "--managed", "containerd", "--break-streams", "swap"], "not with prove"),
            (["lint", "/no/such/folder"], "/no/such"),
            (["exec", "4f2a"], "which command?"),
            (["exec", "--protocol", "carrier-pigeon", "4f2a", "ls"], "carrier-pigeon"),
            (["port-forward", "9c31", "80:http"], "80:http"), (["port-forward", "9c31", "0"], "'0'"),
            (["logs", "--tail", "-1", "4f2a"], "--tail"),
            (["fly"], "fly"), (["explain", "sandbox.stop.unknwon-id"], "sandbox.stop.unknown-id"),
        ]
    )
    func wrongUsage(arguments: [String], words: String) async throws {
        let ending = try await CrisolProgram.run(arguments)
        #expect(ending.code == 2, "\(ending.output)")
        #expect(ending.output.contains(words), "\(ending.output)")
    }

    @Test(
        "An endpoint nobody answers at ends with 3 and names it",
        arguments: ["unix:///tmp/crisol-no-such.sock", "unix:///etc/passwd"]
    )
    func noSuchSocket(endpoint: String) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let ending = try await CrisolProgram.run([
            "run", "--endpoint", endpoint, "--output", folder.path, "--case", "runtime.version.answers",
        ])
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

    @Test func `The list is JSON a program can read`() async throws {
        let ending = try await CrisolProgram.run(["list", "--json"])
        let items = try #require(try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [[String: Any]])
        #expect(items.count >= 100)
        #expect(items.allSatisfy { $0["id"] is String && $0["level"] is String })
    }
}

/// A unix socket that accepts connections, since the kernel does that, and never answers.
struct ListeningSocket {
    private let descriptor: Int32

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
