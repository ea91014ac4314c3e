import CRICatalog
import CRIClient
import FakeCRI
import Foundation
import Testing

/// A proxy that systemd handed its socket, as the installed units do: kubelet has no other runtime.
@Suite(.timeLimit(.minutes(10)))
struct ActivatedProxyTests {
    private static let plan = """
        rules:
        - id: no-status
          match: {method: Status, scope: node}
          fault: {error: UNAVAILABLE}
          ttl: 5m
        """

    private static func status(_ path: String) async throws -> StatusCode {
        try await withCRIClient(runtime: Endpoint(path)) { try await $0.call("Status", json: "{}").code }
    }

    /// Runs a proxy with the scene's socket handed over.
    private static func run(
        _ scene: ProxyScene,
        _ options: [String],
        _ body: (ProxyProgram) async throws -> Void
    ) async throws -> CrisolProgram.Ending {
        let socket = try ListeningSocket(path: scene.socket)
        defer { socket.close() }
        let words = ["--upstream", "unix://\(scene.folder)/r"] + options
        return try await ProxyProgram.run(words, listening: socket.descriptor, body)
    }

    /// What can be wrong beside the relay, how a proxy that was started by hand ends then, and what is said.
    enum Trouble: CaseIterable {
        case planGone, planBroken, presetGone, replayGone, ledgerFolderGone, controlTaken, metricsTaken

        var code: Int32 {
            switch self {
            case .planGone, .planBroken, .presetGone, .replayGone: 2
            case .ledgerFolderGone, .controlTaken, .metricsTaken: 3
            }
        }

        var leftOut: String {
            switch self {
            case .planGone, .planBroken, .presetGone, .replayGone: "the plan"
            case .ledgerFolderGone: "the ledger"
            case .controlTaken: "the control socket"
            case .metricsTaken: "the metrics"
            }
        }

        var why: String {
            switch self {
            case .planGone: "gone.yaml"
            case .planBroken: "broken.yaml:1:8"
            case .presetGone: "no preset is called 'gone'"
            case .replayGone: "gone.jsonl"
            case .ledgerFolderGone: "gone/a/ledger: No such file or directory"
            case .controlTaken, .metricsTaken: "somebody listens there"
            }
        }
    }

    /// Brings the trouble about, and has the options that meet it.
    private static func with(
        _ trouble: Trouble,
        in folder: String,
        _ body: ([String]) async throws -> Void
    ) async throws {
        let noControl = ["--control", "none"]
        switch trouble {
        case .planGone: try await body(noControl + ["--plan", "\(folder)/gone.yaml"])
        case .planBroken:
            try Data("rules: 7\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/broken.yaml"))
            try await body(noControl + ["--plan", "\(folder)/broken.yaml"])
        case .presetGone: try await body(noControl + ["--preset", "gone"])
        case .replayGone:
            try Data(plan.utf8).write(to: URL(fileURLWithPath: "\(folder)/plan.yaml"))
            try await body(noControl + ["--plan", "\(folder)/plan.yaml", "--replay", "\(folder)/gone.jsonl"])
        case .ledgerFolderGone: try await body(noControl + ["--ledger", "\(folder)/gone/a/ledger"])
        case .controlTaken:
            let socket = try ListeningSocket(path: "\(folder)/c")
            defer { socket.close() }
            try await body(["--control", "unix://\(folder)/c"])
        case .metricsTaken:
            let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(taken) }
            #expect(listen(taken, 8) == 0)
            var name = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let failure = withUnsafeMutablePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(taken, $0, &length) }
            }
            #expect(failure == 0)
            try await body(noControl + ["--metrics", "127.0.0.1:\(UInt16(bigEndian: name.sin_port))"])
        }
    }

    @Test(arguments: Trouble.allCases)
    func `Whatever fails beside the relay is said and left out; started by hand it is an end`(trouble: Trouble)
        async throws
    {
        try await ProxyScene.run { scene in
            try await Self.with(trouble, in: scene.folder) { options in
                let ending = try await Self.run(scene, options) { proxy in
                    let words = proxy.announcement.split(separator: "; ")
                    #expect(words.contains("left out: \(trouble.leftOut)"), "\(words)")
                    let code = try await Self.status(scene.socket)
                    #expect(code == .ok)
                }
                #expect(ending.code == 0, "\(ending.output)")
                #expect(ending.output.contains(trouble.why), "\(ending.output)")
                let byHand = try await CrisolProgram.run(
                    ["proxy", "--listen", "\(scene.folder)/q", "--upstream", "\(scene.folder)/r"] + options
                )
                #expect(byHand.code == trouble.code, "\(byHand.output)")
                #expect(byHand.output.contains(trouble.why), "\(byHand.output)")
            }
        }
    }

    @Test func `A plan that is there later is put in force by a reload`() async throws {
        try await ProxyScene.run { scene in
            let path = "\(scene.folder)/plan.yaml"
            let ending = try await Self.run(scene, ["--control", "unix://\(scene.control)", "--plan", path]) { proxy in
                #expect(try await Self.status(scene.socket) == .ok)
                let status = try await scene.json("status")
                let plan = try #require(status["plan"] as? [String: Any])
                #expect((plan["problem"] as? String)?.contains("plan.yaml") == true, "\(plan)")
                // What counts from the start on did not count then.
                try Data("seed: 7\n\(Self.plan)".utf8).write(to: URL(fileURLWithPath: path))
                proxy.signal(SIGHUP)
                await proxy.wait(for: "nothing was changed")
                #expect(try await Self.status(scene.socket) == .ok)
                try Data(Self.plan.utf8).write(to: URL(fileURLWithPath: path))
                proxy.signal(SIGHUP)
                await proxy.wait(for: "1 armed")
                #expect(try await Self.status(scene.socket) == .unavailable)
            }
            #expect(ending.code == 0, "\(ending.output)")
        }
    }

    @Test func `It listens where systemd does, whatever --listen says`() async throws {
        try await ProxyScene.run { scene in
            let options = ["--control", "none", "--listen", "unix://\(scene.folder)/elsewhere"]
            let ending = try await Self.run(scene, options) { proxy in
                #expect(proxy.announcement.contains("listening on unix://\(scene.socket) for"))
                let code = try await Self.status(scene.socket)
                #expect(code == .ok)
            }
            #expect(ending.code == 0, "\(ending.output)")
            #expect(ending.output.contains("--listen says \(scene.folder)/elsewhere"), "\(ending.output)")
        }
    }

    /// While it ends nobody answers kubelet, which waits at the socket that systemd keeps.
    @Test func `Asked to end, it does not wait for a stream without end`() async throws {
        let script = FakeScript { request in
            request[":path"]?.split(separator: "/").last == "GetContainerEvents"
                ? [FakeAction.answerHeaders, FakeAction.message([1])] : FakeAction.ok([])
        }
        try await ProxyScene.run(script) { scene in
            let ending = try await Self.run(scene, ["--control", "none"]) { proxy in
                try await withCRIClient(runtime: Endpoint(scene.socket)) { client in
                    let (events, continuation) = AsyncStream.makeStream(of: [UInt8].self)
                    let rpc = try #require(Catalog.cri.rpc(named: "GetContainerEvents"))
                    let stream = Task {
                        await client.stream(rpc, request: [], options: CRICallOptions()) { continuation.yield($0) }
                    }
                    var arriving = events.makeAsyncIterator()
                    #expect(await arriving.next() == [1])
                    proxy.signal(SIGTERM)
                    await proxy.wait(for: "ending with the last call or after")
                    await proxy.end()
                    #expect(await stream.value.source == .transport)
                }
            }
            #expect(ending.code == 0, "\(ending.output)")
            #expect(ending.output.contains("that have not ended by now are cut"), "\(ending.output)")
        }
    }
}
