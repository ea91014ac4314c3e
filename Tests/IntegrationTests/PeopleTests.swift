import Foundation
import Testing

/// `exec`, `attach`, `logs` and `port-forward` as a person uses them, on a real containerd.
extension ManagedRunTests {
    @Test func `What a failing case saw can be looked at by hand`() async throws {
        // The streaming server listens on loopback, so the commands must be in its network.
        try await StartedRuntime.run(["--share-network"]) { runtime in
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let pod = try await HandMadePod(runtime, folder: folder.path)
            for spoken in ["spdy", "websocket"] { try await runsCommands(runtime, pod, spoken, folder) }
            try await showsLogs(runtime, pod)
            try await attaches(runtime, pod)
            try await forwards(runtime, pod)
            try await breaksSessions(runtime, pod)
            _ = try await runtime.call("StopPodSandbox", ["podSandboxId": pod.sandbox])
            _ = try await runtime.call("RemovePodSandbox", ["podSandboxId": pod.sandbox])
        }
    }

    private func command(_ runtime: StartedRuntime, _ words: [String], input: String? = nil) async throws
        -> CrisolProgram.Ending
    {
        try await CrisolProgram.run([words[0], "--endpoint", runtime.endpoint] + words.dropFirst(), input: input)
    }

    private func runsCommands(
        _ runtime: StartedRuntime,
        _ pod: HandMadePod,
        _ spoken: String,
        _ folder: TemporaryFolder
    ) async throws {
        let short = String(pod.container.prefix(8))
        let hello = try await command(
            runtime,
            ["exec", "--protocol", spoken, short, "/agent", "write", "--stdout", "hello"]
        )
        #expect(hello.code == 0)
        #expect(hello.output == "hello")
        let failing = try await command(runtime, ["exec", "--protocol", spoken, short, "/agent", "exit", "42"])
        #expect(failing.code == 42, "\(failing.output)")
        let missing = try await command(runtime, ["exec", "--protocol", spoken, short, "/no-such-program"])
        #expect(missing.code != 0)
        #expect(missing.output.contains("no-such-program"), "\(missing.output)")
        // WebSocket cannot half-close in the versions these runtimes speak: cat would wait for ever.
        if spoken == "spdy" {
            try folder.write("input", "one\ntwo\n")
            let echoed = try await command(
                runtime,
                ["exec", "-i", "--protocol", spoken, short, "/agent", "cat"],
                input: "\(folder.path)/input"
            )
            #expect(echoed.code == 0)
            #expect(echoed.output == "one\ntwo\n")
        }
        let nobody = try await command(runtime, ["exec", "no-such-id", "/agent"])
        #expect(nobody.code == 3)
        #expect(nobody.output.contains("no container has an id that begins with 'no-such-id'"), "\(nobody.output)")
    }

    private func showsLogs(_ runtime: StartedRuntime, _ pod: HandMadePod) async throws {
        let last = try await command(runtime, ["logs", "--tail", "2", pod.container])
        #expect(last.code == 0)
        #expect(last.output == "of the log 1\nof the log 2\n")
    }

    private func attaches(_ runtime: StartedRuntime, _ pod: HandMadePod) async throws {
        let container = try await pod.container(runtime, ["count", "--to", "100000", "--per-second", "50"], "counting")
        async let attached = command(runtime, ["attach", container])
        _ = try await runtime.call("StopContainer", ["containerId": container, "timeout": "0"])
        // Attached before the end it is told the exit status, attached after it the runtime's refusal; it never hangs.
        let ending = try await attached
        #expect(ending.code != 0, "\(ending.output)")
    }

    /// Through the pod, which shares this machine's network, to the registry the image came from.
    private func forwards(_ runtime: StartedRuntime, _ pod: HandMadePod) async throws {
        let port = try #require(runtime.image.split(separator: "/").first?.split(separator: ":").last)
        let (lines, continuation) = AsyncStream.makeStream(of: (text: String, pid: pid_t).self)
        async let ended = {
            defer { continuation.finish() }
            return try await CrisolProgram.run(
                ["port-forward", "--endpoint", runtime.endpoint, pod.sandbox, ":\(port)"]
            ) { continuation.yield(($0, $1)) }
        }()
        let line = try #require(await lines.first { _ in true })
        let local = try #require(
            line.text.split(separator: " ").compactMap { $0.split(separator: ":").last.flatMap { Int($0) } }.first,
            "\(line.text)"
        )
        for _ in 0..<3 {
            let answer = try LoopbackClient.ask(port: local, "GET /v2/ HTTP/1.0\r\nHost: x\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1."), "\(answer)")
        }
        kill(line.pid, SIGINT)
        let ending = try await ended
        #expect(ending.code == 0 || ending.code == 130, "\(ending.output)")
    }
}

extension ManagedRunTests {
    /// The relay between the two ends of a real session: it takes what its rule says, and nothing without one.
    fileprivate func breaksSessions(_ runtime: StartedRuntime, _ pod: HandMadePod) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (socket, control) = ("unix://\(folder.path)/p", "\(folder.path)/c")
        let arguments = [
            "--listen", socket, "--upstream", runtime.endpoint, "--control", control, "--ledger",
            "\(folder.path)/ledger",
            "--preset", "stream-stall", "--namespace", "crisol", "--set", "after=64KiB", "--set", "effect=truncate",
        ]
        func write(_ times: Int, _ spoken: String) async throws -> CrisolProgram.Ending {
            try await CrisolProgram.run([
                "exec", "--endpoint", socket, "--protocol", spoken, pod.container, "/agent", "write", "--stdout",
                "0123456789abcdef", "--repeat", "\(times)",
            ])
        }
        let proxy = try await ProxyProgram.run(arguments) { _ in
            for spoken in ["spdy", "websocket"] {
                let short = try await write(10, spoken)
                #expect(short.code == 0 && short.output.count == 160, "\(short.output)")
                let cut = try await write(16384, spoken)
                #expect(cut.code != 0)
                let count = cut.output.components(separatedBy: "0123456789abcdef").count
                #expect(count > 2 && count <= 4097, "\(count)")
            }
            let ending = try await CrisolProgram.run(["faults", "kill"], environment: ["CRISOL_CONTROL": control])
            #expect(ending.code == 0, "\(ending.output)")
            let whole = try await write(16384, "spdy")
            #expect(whole.code == 0 && whole.output.count == 16384 * 16)
        }
        #expect(proxy.code == 0, "\(proxy.output)")
        let ledger = try String(contentsOfFile: "\(folder.path)/ledger", encoding: .utf8)
        let sessions = ledger.split(separator: "\n").filter { $0.contains("\"session\":") }
        #expect(sessions.count == 4)
        #expect(sessions.filter { $0.contains("\"struck\":true") }.count == 2, "\(sessions)")
        let report = try await CrisolProgram.run(["report", "\(folder.path)/ledger"])
        #expect(report.code == 0, "\(report.output)")
        let page = try String(contentsOfFile: "\(folder.path)/ledger.html", encoding: .utf8)
        #expect(page.contains("Of 4 connections to exec, attach or port-forward sessions 2 were broken."))
    }
}

/// A pod in this machine's network, with a container that has written two lines and stays.
struct HandMadePod: Sendable {
    let sandbox: String
    let container: String
    private let logs: String

    init(_ runtime: StartedRuntime, folder: String) async throws {
        logs = folder
        _ = try await runtime.call("PullImage", ["image": ["image": runtime.image]])
        let answer = try await runtime.call("RunPodSandbox", ["config": Self.config(folder)])
        sandbox = try #require(answer["podSandboxId"] as? String)
        container = try await Self.make(
            runtime,
            sandbox,
            folder,
            ["write", "--stdout", "of the log 1\nof the log 2\n", "--stay"],
            "writing"
        )
    }

    /// Another container.
    func container(_ runtime: StartedRuntime, _ arguments: [String], _ name: String) async throws -> String {
        try await Self.make(runtime, sandbox, logs, arguments, name)
    }

    private static func config(_ folder: String) -> [String: Any] {
        [
            "metadata": ["name": "by-hand", "namespace": "crisol", "uid": "by-hand"], "logDirectory": folder,
            "linux": ["securityContext": ["namespaceOptions": ["network": "NODE"]]],
        ]
    }

    private static func make(
        _ runtime: StartedRuntime,
        _ sandbox: String,
        _ folder: String,
        _ arguments: [String],
        _ name: String
    ) async throws -> String {
        let config: [String: Any] = [
            "metadata": ["name": name], "image": ["image": runtime.image], "args": arguments, "logPath": "\(name).log",
            "linux": ["securityContext": ["namespaceOptions": ["network": "NODE"]]],
        ]
        let answer = try await runtime.call(
            "CreateContainer",
            ["podSandboxId": sandbox, "config": config, "sandboxConfig": Self.config(folder)]
        )
        let container = try #require(answer["containerId"] as? String)
        _ = try await runtime.call("StartContainer", ["containerId": container])
        return container
    }
}

/// One question on a TCP port of loopback, and everything that comes back.
enum LoopbackClient {
    static func ask(port: Int, _ question: String) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafeBytes(of: &address) { bytes in
            connect(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard connected == 0 else { throw POSIXError(.ECONNREFUSED) }
        _ = question.withCString { write(descriptor, $0, strlen($0)) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count <= 0 { return String(decoding: answer, as: UTF8.self) }
            answer += buffer[..<count]
        }
    }
}
