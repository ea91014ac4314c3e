import CRICatalog
import FaultModel
import Foundation
import NIOHTTP1
import Testing

@testable import FaultProxy

/// What each request does; no socket.
struct ControlRouterTests {
    private let plan = TestPlan()
    private let board: RuleBoard
    private let router: ControlRouter

    init() {
        board = RuleBoard(plan)
        router = ControlRouter(service: Self.service(board))
    }

    static func service(_ board: RuleBoard) -> ControlService {
        ControlService(
            program: "1.2.3",
            board: board,
            status: {
                ControlMessages.Status(
                    version: "1.2.3",
                    pid: 7,
                    since: "2026-01-01T00:00:00Z",
                    listen: "unix:///l",
                    upstream: "unix:///u",
                    connections: 2,
                    seed: "\(UInt64.max)",
                    dryRun: false,
                    draining: false,
                    liveRules: board.live.count
                )
            },
            metrics: { "crisol_test 1\n" }
        )
    }

    private func ask(_ method: String, _ target: String, _ body: String = "") -> (code: UInt, json: [String: Any]) {
        let answer = router.answer(ControlRouter.Request(method: method, target: target, body: Array(body.utf8)))
        #expect(answer.type == "application/json")
        let json = try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        #expect(json != nil, "\(String(decoding: answer.body, as: UTF8.self))")
        return (answer.status.code, json ?? [:])
    }

    @Test func `Rules are armed, shown with their end, and disarmed`() throws {
        let armed = ask("POST", "/rules", "slow Status 2*late->error")
        #expect(armed.code == 200)
        #expect(armed.json["armed"] as? [String] == ["slow"])
        let rule = try #require((ask("GET", "/rules").json["rules"] as? [[String: Any]])?.first)
        #expect(rule["id"] as? String == "slow")
        #expect(rule["action"] as? String == "2*late->error")
        #expect(rule["methods"] as? [String] == ["Status"])
        #expect(rule["live"] as? Bool == true)
        let remaining = try #require(rule["remainingSeconds"] as? Double)
        #expect(remaining > 0 && remaining <= FaultRule.defaultTTL.seconds)
        #expect((rule["ends"] as? String)?.hasSuffix("Z") == true)
        #expect(ask("DELETE", "/rules/slow").json["disarmed"] as? [String] == ["slow"])
        #expect((ask("GET", "/rules").json["rules"] as? [Any])?.isEmpty == true)
    }

    @Test func `A rule's name in a path may have any letters`() {
        #expect(ask("POST", "/rules", "sl/ow%25é Status late").code == 200)
        #expect(ask("DELETE", "/rules/sl%2Fow%2525%C3%A9").code == 200)
        #expect(board.live == [])
    }

    @Test func `Mistakes in rules come back with their position, under the name they were given`() {
        let answer = ask("POST", "/rules?name=my%20plan.yaml", "a Status late\nb")
        #expect(answer.code == 422)
        #expect(answer.json["errors"] as? [String] == ["my plan.yaml:2:1: error: this is no rule"])
        #expect(ask("POST", "/rules?set=novalue", "a Status late").code == 400)
        #expect(ask("POST", "/rules?colour=red", "a Status late").code == 400)
        let bytes = ControlRouter.Request(method: "POST", target: "/rules", body: [0xff, 0xfe])
        #expect(router.answer(bytes).status.code == 400)
        #expect(board.live == [])
    }

    @Test func `A rule that is not there is said with the name that was meant`() {
        _ = ask("POST", "/rules", "slow-pulls Status late")
        let answer = ask("DELETE", "/rules/slow-pull")
        #expect(answer.code == 404)
        #expect((answer.json["errors"] as? [String])?.first?.contains("slow-pulls") == true)
    }

    @Test func `kill ends all rules and names them`() {
        _ = ask("POST", "/rules", "a Status late\nb Version late")
        #expect(ask("POST", "/kill").json["disarmed"] as? [String] == ["a", "b"])
        #expect(board.live == [])
        #expect(board.killedBy == "the control socket")
    }

    @Test func `reload without a plan, with a good and with a bad one`() {
        let without = ControlRouter(service: Self.service(RuleBoard()))
        let request = ControlRouter.Request(method: "POST", target: "/reload", body: [])
        #expect(without.answer(request).status.code == 409)
        plan.set([TestPlan.rule("a")])
        #expect(ask("POST", "/reload").json["armed"] as? [String] == ["a"])
        plan.spoil(["plan.yaml:1:1: error: x"])
        let answer = ask("POST", "/reload")
        #expect(answer.code == 422)
        #expect(answer.json["errors"] as? [String] == ["plan.yaml:1:1: error: x"])
        #expect(board.live == ["a"])
    }

    @Test func `explain says for every rule whether it would act, and why not`() throws {
        _ = ask("POST", "/rules", "a Status late\nb Version error")
        let answer = ask("POST", "/explain", #"{"method": "Status"}"#)
        #expect(answer.json["path"] as? String == "/runtime.v1.RuntimeService/Status")
        let rules = try #require(answer.json["rules"] as? [[String: Any]])
        #expect(rules.map { $0["rule"] as? String } == ["a", "b"])
        #expect(rules.map { $0["acts"] as? Bool } == [true, false])
        #expect(rules[1]["reason"] as? String == "no-match-method")
        #expect((rules[1]["text"] as? String)?.contains("method") == true)
        // Asking counts nothing.
        #expect(board.control.reports.map(\.matched) == [0, 0])
    }

    @Test func `explain reads the request and says whom it is about`() throws {
        board.control.arm(
            FaultRule("web", Match(methods: ["RunPodSandbox"], pods: ["web-*"]), .error(RPCStatus(.unavailable)))
        )
        let body = """
            {"method": "RunPodSandbox", "request":
              {"config": {"metadata": {"name": "%", "namespace": "%%", "uid": "u1"}}}}
            """
        func explained(_ name: String, _ namespace: String) -> [String: Any] {
            ask(
                "POST",
                "/explain",
                body.replacingOccurrences(of: "%%", with: namespace).replacingOccurrences(of: "%", with: name)
            ).json
        }
        let hit = explained("web-1", "n")
        #expect(hit["pod"] as? String == "n/web-1")
        #expect(hit["key"] as? String == "RunPodSandbox u1")
        #expect((hit["rules"] as? [[String: Any]])?.first?["acts"] as? Bool == true)
        let spared = explained("web-1", "kube-system")
        #expect((spared["rules"] as? [[String: Any]])?.first?["reason"] as? String == "protected-namespace")
    }

    @Test(
        "A call that cannot be read is said with its place",
        arguments: [
            ("", "1:1"), ("[]", "object"), ("{", "1:2"), (#"{"metod": "Status"}"#, "did you mean method"),
            ("{}", "method"), (#"{"method": "Statu"}"#, "did you mean Status"),
            (#"{"method": "Status", "request": {"verbos": true}}"#, "did you mean verbose"),
            (#"{"method": "Status", "metadata": {"a": 1}}"#, "metadata.a"),
            (#"{"method": "Status", "connection": "x"}"#, "runtime or image"),
            (#"{"method": "/x.Y/Z", "request": {}}"#, "own RPCs"),
        ]
    )
    func badCall(body: String, words: String) {
        let answer = ask("POST", "/explain", body)
        #expect(answer.code == 400)
        #expect((answer.json["errors"] as? [String])?.first?.contains(words) == true, "\(answer.json)")
    }

    @Test func `Status, version and metrics`() {
        #expect(ask("GET", "/status").json["seed"] as? String == "18446744073709551615")
        #expect(ask("GET", "/version").json["version"] as? String == "1.2.3")
        #expect(ask("GET", "/version").json["api"] as? Int == 1)
        let metrics = router.answer(ControlRouter.Request(method: "GET", target: "/metrics?x=y", body: []))
        #expect(metrics.body == Array("crisol_test 1\n".utf8))
        #expect(metrics.type.hasPrefix("text/plain; version=0.0.4"))
    }

    @Test func `What is not there and what is asked the wrong way is said`() {
        #expect(ask("GET", "/nothing").code == 404)
        #expect(ask("GET", "/").code == 404)
        #expect(ask("GET", "/rules/a/b").code == 404)
        let answer = ask("PUT", "/rules")
        #expect(answer.code == 405)
        #expect((answer.json["errors"] as? [String])?.first?.contains("GET, POST") == true)
    }

    @Test func `The port for metrics gives nothing else`() {
        let router = ControlRouter(service: Self.service(board), isOnlyMetrics: true)
        func code(_ method: String, _ target: String) -> UInt {
            router.answer(ControlRouter.Request(method: method, target: target, body: [])).status.code
        }
        #expect(code("GET", "/metrics") == 200)
        for (method, target) in [("GET", "/status"), ("POST", "/kill"), ("POST", "/rules"), ("GET", "/rules")] {
            #expect(code(method, target) == 404)
        }
    }
}
