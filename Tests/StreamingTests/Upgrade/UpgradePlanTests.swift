import NIOCore
import Testing

@testable import Streaming

/// What is asked of a server, and what its answers mean.
struct UpgradePlanTests {
    private let key = WebSocketKey(text: "dGhlIHNhbXBsZSBub25jZQ==")

    private func plan(_ kind: UpgradePlan.Kind = .spdy, wanted: Set<String?>? = nil) throws -> UpgradePlan {
        let offered = ["v5.channel.k8s.io", "v4.channel.k8s.io"]
        return UpgradePlan(
            address: try StreamAddress("http://127.0.0.1:9/exec/sekrit99"),
            kind: kind,
            offered: offered,
            wanted: wanted ?? Set(offered)
        )
    }

    private func judge(_ head: String, _ plan: UpgradePlan) throws -> UpgradePlan.Verdict {
        var parser = UpgradeResponseParser(limits: StreamingLimits())
        parser.append(ByteBuffer(string: head.replacing("\n", with: "\r\n")))
        return try plan.judge(#require(try parser.next() ?? parser.unfinished(isEnd: true)), tls: nil)
    }

    @Test func `the request of SPDY is kubectl's`() throws {
        #expect(
            String(buffer: try plan().request) == """
                POST /exec/sekrit99 HTTP/1.1\r
                Host: 127.0.0.1:9\r
                X-Stream-Protocol-Version: v5.channel.k8s.io\r
                X-Stream-Protocol-Version: v4.channel.k8s.io\r
                Content-Length: 0\r
                Connection: Upgrade\r
                Upgrade: SPDY/3.1\r
                User-Agent: crisol\r
                \r

                """
        )
    }

    @Test func `the request of a WebSocket is a GET with one list`() throws {
        #expect(
            String(buffer: try plan(.webSocket(key)).request) == """
                GET /exec/sekrit99 HTTP/1.1\r
                Host: 127.0.0.1:9\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                Sec-WebSocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                User-Agent: crisol\r
                \r

                """
        )
    }

    private let spdy = "HTTP/1.1 101 Switching Protocols\nConnection: keep-alive, UPGRADE\nUpgrade: spdy/3.1\n"
    private let webSocket =
        "HTTP/1.1 101 X\nConnection: Upgrade\nUpgrade: WebSocket\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n"

    @Test func `a wanted choice is accepted, another one is not offered`() throws {
        let plan = try plan(wanted: ["v5.channel.k8s.io"])
        guard case .accepted(let five) = try judge(spdy + "X-Stream-Protocol-Version: v5.channel.k8s.io\n\n", plan),
            case .notOffered(let four) = try judge(spdy + "X-Stream-Protocol-Version: v4.channel.k8s.io\n\n", plan),
            case .notOffered(let none) = try judge(spdy + "\n", plan)
        else {
            Issue.record("wrong verdicts")
            return
        }
        #expect(five.chosen == "v5.channel.k8s.io")
        #expect(four.chosen == "v4.channel.k8s.io")
        #expect(none.chosen == nil)
        #expect(five.offered == ["v5.channel.k8s.io", "v4.channel.k8s.io"])
        #expect(five.upgrade == "SPDY/3.1")
    }

    @Test func `a server that names none can be wanted`() throws {
        guard case .accepted = try judge(spdy + "\n", try plan(wanted: [nil])) else {
            Issue.record("wrong verdict")
            return
        }
    }

    @Test func `a refusal that lists what it would take is about the offer`() throws {
        let head =
            "HTTP/1.1 403 Forbidden\nX-Accepted-Stream-Protocol-Versions: v2.channel.k8s.io, channel.k8s.io\n\nunable"
        guard case .notOffered(let negotiation) = try judge(head, try plan()) else {
            Issue.record("wrong verdict")
            return
        }
        #expect(negotiation.acceptable == ["v2.channel.k8s.io", "channel.k8s.io"])
        #expect(negotiation.status == 403)
    }

    @Test func `what a server would take is told without the token`() throws {
        let head = "HTTP/1.1 403 Forbidden\nX-Accepted-Stream-Protocol-Versions: v2.channel.k8s.io, a/sekrit99\n\n"
        guard case .notOffered(let negotiation) = try judge(head, try plan()) else {
            Issue.record("wrong verdict")
            return
        }
        #expect(negotiation.acceptable == ["v2.channel.k8s.io", "a/<token>"])
    }

    @Test func `a refusal is told with its answer, the token left out`() throws {
        do {
            _ = try judge("HTTP/1.1 404 Not sekrit99\nX: /sekrit99/\n\nno sekrit99 here\nmore", try plan())
            Issue.record("it was accepted")
        } catch let error as StreamingError {
            #expect(error.code == .upgradeRefused)
            #expect(
                error.message
                    == "http://127.0.0.1:9/exec/<token> refused the upgrade to SPDY/3.1: 404 Not <token>: no <token> here"
            )
            let refusal = try #require(error.refusal)
            #expect(refusal.status == 404)
            #expect(refusal.body == "no <token> here\r\nmore")
            #expect(refusal.headers == [HTTPHeader("X", "/<token>/")])
            #expect(!"\(error) \(refusal)".contains("sekrit"))
        }
    }

    @Test func `a WebSocket answer must prove that the request was read`() throws {
        let chosen = "Sec-WebSocket-Protocol: v4.channel.k8s.io\n\n"
        guard case .accepted = try judge(webSocket + chosen, try plan(.webSocket(key))) else {
            Issue.record("wrong verdict")
            return
        }
        let other = WebSocketKey(text: "b3RoZXI=")
        #expect(code { _ = try judge(webSocket + chosen, try plan(.webSocket(other))) } == .upgradeMalformed)
        let extended = webSocket + "Sec-WebSocket-Extensions: permessage-deflate\n" + chosen
        #expect(code { _ = try judge(extended, try plan(.webSocket(key))) } == .upgradeMalformed)
    }

    @Test(arguments: [
        "HTTP/1.1 101 X\nUpgrade: SPDY/3.1\n\n", "HTTP/1.1 101 X\nConnection: Upgrade\n\n",
        "HTTP/1.1 101 X\nConnection: Upgrade\nUpgrade: websocket\n\n",
        "HTTP/1.1 101 X\nConnection: Upgrade\nUpgrade: SPDY/3.1\nX-Stream-Protocol-Version: sekrit99\n\n",
        "HTTP/1.1 101 X\nConnection: Upgrade\nUpgrade: SPDY/3.1\nX-Stream-Protocol-Version: v4.channel.k8s.io\nX-Stream-Protocol-Version: v5.channel.k8s.io\n\n",
    ])
    func `a 101 to something else is malformed`(head: String) throws {
        do {
            _ = try judge(head, try plan())
            Issue.record("it was accepted")
        } catch let error as StreamingError {
            #expect(error.code == .upgradeMalformed)
            #expect(!error.message.contains("sekrit"))
        }
    }
}
