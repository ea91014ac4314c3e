import CRICatalog
import CRIClient
import FakeCRI
import Foundation
import Testing

/// `crisol proxy` and `crisol faults` as people use them, before a runtime that answers as the test has it.
@Suite(.timeLimit(.minutes(10)))
struct ProxyTests {
    private static func status(_ path: String) async throws -> StatusCode {
        try await withCRIClient(runtime: Endpoint(path)) { try await $0.call("Status", json: "{}").code }
    }

    private static let plan = """
        rules:
        - id: no-status
          match: {method: Status, scope: node}
          fault: {error: UNAVAILABLE}
          ttl: 5m
        """

    @Test func `It says where it stands between whom, passes calls on, and ends when it is asked to`() async throws {
        try await ProxyScene.run { scene in
            let ending = try await ProxyProgram.run(scene.arguments) { proxy in
                #expect(proxy.announcement.contains("unix://\(scene.socket) for unix://\(scene.folder)/r"))
                #expect(proxy.announcement.contains("no rule armed"))
                #expect(try await Self.status(scene.socket) == .ok)
                let list = try await scene.faults("list")
                #expect(list.code == 0)
                #expect(list.output == "no rule is armed\n")
            }
            #expect(ending.code == 0, "\(ending.output)")
            #expect(!FileManager.default.fileExists(atPath: scene.socket))
            #expect(!FileManager.default.fileExists(atPath: scene.control))
        }
    }

    @Test func `The socket has the owner and the mode of the runtime's`() async throws {
        try await ProxyScene.run { scene in
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: "\(scene.folder)/r")
            if getuid() == 0 { chown("\(scene.folder)/r", 65534, 65533) }
            try await ProxyProgram.run(scene.arguments) { _ in
                let runtime = try FileManager.default.attributesOfItem(atPath: "\(scene.folder)/r")
                let socket = try FileManager.default.attributesOfItem(atPath: scene.socket)
                for key in [FileAttributeKey.posixPermissions, .ownerAccountID, .groupOwnerAccountID] {
                    #expect(socket[key] as? Int == runtime[key] as? Int)
                }
                let control = try FileManager.default.attributesOfItem(atPath: scene.control)
                #expect(control[.posixPermissions] as? Int == 0o600)
            }
        }
    }

    @Test func `Rules are armed, hit, explained, counted, disarmed and killed`() async throws {
        try await ProxyScene.run { scene in
            try Data(Self.plan.utf8).write(to: URL(fileURLWithPath: "\(scene.folder)/plan.yaml"))
            try await ProxyProgram.run(scene.arguments) { proxy in
                let armed = try await scene.faults("arm", "\(scene.folder)/plan.yaml")
                #expect(armed.output == "armed: no-status\n")
                #expect(try await Self.status(scene.socket) == .unavailable)
                let rules = try #require(try await scene.json("list")["rules"] as? [[String: Any]])
                #expect(rules.map { $0["acted"] as? Int } == [1])
                let remaining = try #require(rules.first?["remainingSeconds"] as? Double)
                #expect(remaining > 0 && remaining <= 300)
                #expect(try await scene.faults("list").output.contains("no-status"))
                #expect(try await scene.faults("explain", "Status").output.contains("HIT"))
                #expect(try await scene.faults("explain", "Version").output.contains("method"))
                #expect(try await scene.faults("disarm", "no-status").code == 0)
                #expect(try await Self.status(scene.socket) == .ok)
                let preset = try await scene.faults("arm", "sandbox-lost-response", "--namespace", "staging")
                #expect(preset.code == 0, "\(preset.output)")
                #expect(try await scene.json("status")["liveRules"] as? Int == 1)
                #expect(try await scene.faults("kill").code == 0)
                let status = try await scene.json("status")
                #expect(status["liveRules"] as? Int == 0)
                #expect(status["killedBy"] as? String == "the control socket")
                #expect(status["pid"] as? Int == Int(proxy.pid))
            }
        }
    }

    @Test func `What is wrong is said, with the exit code for it`() async throws {
        try await ProxyScene.run { scene in
            let bad = "rules:\n- id: x\n  match: {methd: Status}\n  fault: {error: UNAVAILABLE}\n"
            try Data(bad.utf8).write(to: URL(fileURLWithPath: "\(scene.folder)/bad.yaml"))
            func proxy(_ arguments: [String]) async throws -> CrisolProgram.Ending {
                try await CrisolProgram.run(["proxy"] + arguments)
            }
            let plan = try await proxy(scene.arguments + ["--plan", "\(scene.folder)/bad.yaml"])
            #expect(plan.code == 2)
            #expect(plan.output.contains("bad.yaml:3:11: error:"), "\(plan.output)")
            #expect(plan.output.contains("method"))
            let preset = try await proxy(scene.arguments + ["--preset", "sandbox-lost-respons"])
            #expect(preset.code == 2)
            #expect(preset.output.contains("sandbox-lost-response"))
            let away = try await proxy([
                "--listen", scene.socket, "--upstream", "\(scene.folder)/away", "--control", scene.control,
            ])
            #expect(away.code == 3)
            #expect(away.output.contains("\(scene.folder)/away: there is no such socket"))
            let file = try await proxy(["--listen", scene.socket, "--upstream", "/etc/passwd"])
            #expect(file.code == 2)
            for arguments in [["--upstream", "/x"], ["--listen", "/x", "--upstream", "tcp://1.2.3.4"]] {
                #expect(try await proxy(arguments).code == 2)
            }
            try await ProxyProgram.run(scene.arguments) { _ in
                let second = try await proxy([
                    "--listen", scene.socket, "--upstream", "\(scene.folder)/r", "--control", "none",
                ])
                #expect(second.code == 3)
                #expect(second.output.contains("somebody listens there"))
                let armed = try await scene.faults("arm", "\(scene.folder)/bad.yaml")
                #expect(armed.code == 2)
                #expect(armed.output.contains("bad.yaml:3:11: error:"), "\(armed.output)")
                #expect(try await scene.faults("disarm", "x").code == 2)
                #expect(try await scene.faults("explain", "Statu").code == 2)
                #expect(try await scene.faults("reload").code == 3)
                // Nothing of it did any harm.
                #expect(try await Self.status(scene.socket) == .ok)
            }
            #expect(try await scene.faults("list").code == 3)
        }
    }

    @Test func `Only a proxy is replaced, never a runtime`() async throws {
        try await ProxyScene.run { scene in
            let other = try ListeningSocket(path: "\(scene.folder)/other")
            defer { other.close() }
            let ending = try await CrisolProgram.run([
                "proxy", "--listen", "\(scene.folder)/other", "--upstream", "\(scene.folder)/r", "--control", "none",
                "--replace",
            ])
            #expect(ending.code == 3)
            #expect(ending.output.contains("only a 'crisol proxy' is replaced"), "\(ending.output)")
        }
    }

    @Test func `A plan is read again on SIGHUP, and a bad one changes nothing and is said`() async throws {
        try await ProxyScene.run { scene in
            let path = "\(scene.folder)/plan.yaml"
            func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
            try write(Self.plan)
            try await ProxyProgram.run(scene.arguments + ["--plan", path]) { proxy in
                #expect(proxy.announcement.contains("1 rule armed (no-status) until 2"))
                try write("rules: 7\n")
                proxy.signal(SIGHUP)
                await proxy.wait(for: "nothing was changed")
                #expect(try await Self.status(scene.socket) == .unavailable)
                let status = try await scene.json("status")
                let plan = try #require(status["plan"] as? [String: Any])
                #expect((plan["problem"] as? String)?.contains("plan.yaml:1:8") == true, "\(plan)")
                try write(Self.plan.replacingOccurrences(of: "method: Status", with: "method: Version"))
                proxy.signal(SIGHUP)
                await proxy.wait(for: "1 armed")
                #expect(try await Self.status(scene.socket) == .ok)
            }
        }
    }

    @Test func `SIGUSR1 and the kill file make it a plain relay at once`() async throws {
        try await ProxyScene.run { scene in
            let path = "\(scene.folder)/plan.yaml"
            try Data(Self.plan.utf8).write(to: URL(fileURLWithPath: path))
            let killFile = "\(scene.folder)/kill"
            try await ProxyProgram.run(scene.arguments + ["--plan", path, "--kill-file", killFile]) { proxy in
                #expect(try await Self.status(scene.socket) == .unavailable)
                proxy.signal(SIGUSR1)
                await proxy.wait(for: "SIGUSR1: no rule is in force any more")
                #expect(try await Self.status(scene.socket) == .ok)
                #expect(try await scene.faults("reload").code == 0)
                #expect(try await Self.status(scene.socket) == .unavailable)
                try Data().write(to: URL(fileURLWithPath: killFile))
                await proxy.wait(for: "\(killFile) is there")
                #expect(try await Self.status(scene.socket) == .ok)
                let refused = try await scene.faults("reload")
                #expect(refused.code == 3)
                #expect(refused.output.contains(killFile))
                try FileManager.default.removeItem(atPath: killFile)
                await proxy.wait(for: "\(killFile) is gone")
                #expect(try await Self.status(scene.socket) == .ok)
                #expect(try await scene.faults("reload").code == 0)
                #expect(try await Self.status(scene.socket) == .unavailable)
            }
            // It was there before the start.
            try Data().write(to: URL(fileURLWithPath: killFile))
            try await ProxyProgram.run(scene.arguments + ["--plan", path, "--kill-file", killFile]) { proxy in
                #expect(proxy.announcement.contains("no rule: the kill file"))
                let code = try await Self.status(scene.socket)
                #expect(code == .ok)
            }
        }
    }

    @Test func `A dry run changes nothing and says what it would do`() async throws {
        try await ProxyScene.run { scene in
            try Data(Self.plan.utf8).write(to: URL(fileURLWithPath: "\(scene.folder)/plan.yaml"))
            // In a folder that is not there yet.
            let ledger = "\(scene.folder)/logs/ledger"
            let more = ["--plan", "\(scene.folder)/plan.yaml", "--dry-run", "--ledger", ledger]
            try await ProxyProgram.run(scene.arguments + more) { proxy in
                #expect(proxy.announcement.contains("dry run"))
                #expect(try await Self.status(scene.socket) == .ok)
                let rules = try #require(try await scene.json("list")["rules"] as? [[String: Any]])
                #expect(rules.map { $0["acted"] as? Int } == [1])
            }
            let text = try String(contentsOfFile: ledger, encoding: .utf8)
            #expect(text.contains(#""rule":"no-status","key":"Status","n":1,"fault":"error","dry":true"#), "\(text)")
        }
    }

    @Test func `A ledger is replayed with its plan, and with no other`() async throws {
        try await ProxyScene.run { scene in
            let path = "\(scene.folder)/plan.yaml"
            let half = Self.plan.replacingOccurrences(of: "  ttl: 5m", with: "  ttl: 5m\n  when: {probability: 0.5}")
            try Data(half.utf8).write(to: URL(fileURLWithPath: path))
            func codes() async throws -> [StatusCode] {
                try await withCRIClient(runtime: Endpoint(scene.socket)) { client in
                    var codes: [StatusCode] = []
                    for _ in 0..<30 { codes.append(try await client.call("Status", json: "{}").code) }
                    return codes
                }
            }
            var first: [StatusCode] = []
            let ledger = "\(scene.folder)/ledger"
            let recording = ["--plan", path, "--seed", "5", "--ledger", ledger]
            try await ProxyProgram.run(scene.arguments + recording) { _ in first = try await codes() }
            #expect(Set(first) == [.ok, .unavailable])
            var second: [StatusCode] = []
            let replaying = ["--plan", path, "--replay", ledger]
            try await ProxyProgram.run(scene.arguments + replaying) { proxy in
                #expect(proxy.announcement.contains("replaying \(ledger)"))
                second = try await codes()
            }
            #expect(second == first)
            try Data(Self.plan.replacingOccurrences(of: "no-status", with: "other").utf8).write(
                to: URL(fileURLWithPath: path)
            )
            let refused = try await CrisolProgram.run(["proxy"] + scene.arguments + replaying)
            #expect(refused.code == 2)
            #expect(refused.output.contains("no-status"), "\(refused.output)")
            try Data("no ledger\n".utf8).write(to: URL(fileURLWithPath: ledger))
            #expect(try await CrisolProgram.run(["proxy"] + scene.arguments + replaying).code == 2)
        }
    }

    @Test func `A second signal cuts what is left`() async throws {
        let script = FakeScript { _ in [] }
        try await ProxyScene.run(script) { scene in
            let ending = try await ProxyProgram.run(scene.arguments) { proxy in
                try await withCRIClient(runtime: Endpoint(scene.socket)) { client in
                    async let stuck = client.call("Status", json: "{}")
                    await scene.runtime.wait { if case .request = $0 { true } else { false } }
                    proxy.signal(SIGTERM)
                    await proxy.wait(for: "ending with the last call")
                    proxy.signal(SIGINT)
                    let source = try await stuck.source
                    #expect(source == .transport)
                }
            }
            #expect(ending.code == 130, "\(ending.output)")
        }
    }
}
