import FaultModel
import Foundation
import NIOCore
import NIOEmbedded
import SeededRandom
import Testing

@testable import FaultProxy

/// The control socket from outside.
@Suite(.timeLimit(.minutes(10)))
struct ControlServerTests {
    private func withServer(
        _ board: RuleBoard = RuleBoard(),
        _ body: (_ path: String, _ client: ControlClient) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let path = folder + "/control"
            let place = ControlServer.Place.socket(path: path, replacesLive: false)
            try await ControlServer.run(ControlRouterTests.service(board), at: place) { _ in
                try await body(path, ControlClient(path: path))
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `A client and the server understand each other`() async throws {
        let board = RuleBoard()
        try await withServer(board) { path, client in
            let armed = try await client.ask("POST", "/rules", body: Array("a Status late".utf8))
            #expect(armed.status == 200)
            #expect(board.live == ["a"])
            let rules = try await client.ask("GET", "/rules")
            let decoded = try JSONDecoder().decode(ControlMessages.Rules.self, from: Data(rules.body))
            #expect(decoded.rules.map(\.id) == ["a"])
            #expect(try await client.ask("DELETE", "/rules/b").status == 404)
        }
    }

    @Test func `The socket is root's alone, and somebody else's is left alone`() async throws {
        try await withServer { path, _ in
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let place = ControlServer.Place.socket(path: path, replacesLive: false)
            await #expect(throws: SocketError.self) {
                try await ControlServer.run(ControlRouterTests.service(RuleBoard()), at: place) { _ in }
            }
            // The first one still answers.
            #expect(try await ControlClient(path: path).ask("GET", "/version").status == 200)
        }
    }

    @Test func `Nobody there is said with the path`() async throws {
        await #expect {
            try await ControlClient(path: "/tmp/crisol-no-such.sock").ask("GET", "/status")
        } throws: {
            "\($0)".contains("/tmp/crisol-no-such.sock")
        }
    }

    @Test(
        "Garbage is refused or hung up on, and the next client is served",
        arguments: [
            Array("\r\n\r\n\r\n".utf8), Array("GET\r\n\r\n".utf8), Array("GET /rules SPDY/9\r\n\r\n".utf8),
            Preface.bytes, [0x16, 0x03, 0x01, 0x02, 0x00, 0x01], Array(repeating: 0, count: 100_000),
            Array(repeating: 0xff, count: 100_000), Array(("GET /" + String(repeating: "a", count: 200_000)).utf8),
            Array(("GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 40_000)).utf8),
            Array("POST /rules HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n".utf8),
            Array("POST /rules HTTP/1.1\r\ncontent-length: -1\r\n\r\n".utf8),
            Array("POST /rules HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffff0\r\n".utf8),
            Array("POST /rules HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd".utf8),
        ]
    )
    func garbage(bytes: [UInt8]) async throws {
        let board = RuleBoard()
        try board.arm(RuleText("a Status late"))
        try await withServer(board) { path, client in
            let peer = try await Peer.connect(to: path)
            peer.post(bytes)
            try? await peer.finish()
            let answer = String(decoding: await peer.receiveAll(), as: UTF8.self)
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer.prefix(100))")
            #expect(try await client.ask("GET", "/version").status == 200)
            #expect(board.live == ["a"])
        }
    }

    @Test func `Mutated requests never end the server`() async throws {
        var generator = SeededGenerator(seed: 11)
        let request = Array(
            "POST /explain HTTP/1.1\r\nhost: a\r\ncontent-length: 20\r\n\r\n{\"method\": \"Status\"}".utf8
        )
        try await withServer { path, client in
            for _ in 0..<200 {
                let peer = try await Peer.connect(to: path)
                peer.post(generator.mutate(request))
                try? await peer.finish()
                _ = await peer.receiveAll()
            }
            #expect(try await client.ask("GET", "/version").status == 200)
        }
    }

    @Test func `A request that is too large is refused before it is read`() async throws {
        try await withServer { _, client in
            let body = [UInt8](repeating: 0x20, count: ControlHandler.bodyLimit + 1)
            let answer = try? await client.ask("POST", "/rules", body: body)
            // The refusal may meet a client that still writes and so sees the connection end first.
            #expect(answer == nil || answer?.status == 413)
            let next = try await client.ask("GET", "/version")
            #expect(next.status == 200)
        }
    }

    @Test func `One connection has one answer`() async throws {
        try await withServer { path, _ in
            let peer = try await Peer.connect(to: path)
            try await peer.send(
                Array("GET /version HTTP/1.1\r\nhost: a\r\n\r\nGET /version HTTP/1.1\r\nhost: a\r\n\r\n".utf8)
            )
            let text = String(decoding: await peer.receiveAll(), as: UTF8.self)
            #expect(text.components(separatedBy: "HTTP/1.1 200").count == 2)
            #expect(text.lowercased().contains("connection: close"))
        }
    }

    @Test func `Those who connect and say nothing leave room for others`() async throws {
        try await withServer { path, client in
            var silent: [Peer] = []
            for _ in 0..<ControlServer.connectionLimit { silent.append(try await Peer.connect(to: path)) }
            // One too many is hung up on without a word, and when one goes there is room again.
            let late = try await Peer.connect(to: path)
            #expect(await late.receiveAll() == [])
            for peer in silent { try await peer.close() }
            var answer: ControlClient.Answer?
            while answer == nil { answer = try? await client.ask("GET", "/version") }
            #expect(answer?.status == 200)
        }
    }

    @Test func `Metrics are served on a port, and nothing else there`() async throws {
        let place = ControlServer.Place.metrics(host: "127.0.0.1", port: 0, isShared: false)
        try await ControlServer.run(ControlRouterTests.service(RuleBoard()), at: place) { server in
            let port = try #require(server.port)
            #expect(try await Self.get("/metrics", port).hasPrefix("HTTP/1.1 200"))
            #expect(try await Self.get("/metrics", port).hasSuffix("crisol_test 1\n"))
            #expect(try await Self.get("/rules", port).hasPrefix("HTTP/1.1 404"))
            let again = ControlServer.Place.metrics(host: "127.0.0.1", port: port, isShared: false)
            await #expect {
                try await ControlServer.run(ControlRouterTests.service(RuleBoard()), at: again) { _ in }
            } throws: {
                "\($0)".contains("127.0.0.1:\(port)")
            }
        }
    }

    private static func get(_ target: String, _ port: Int) async throws -> String {
        let peer = try await Peer.connect(SocketAddress(ipAddress: "127.0.0.1", port: port))
        try await peer.send(Array("GET \(target) HTTP/1.1\r\nhost: a\r\n\r\n".utf8))
        return String(decoding: await peer.receiveAll(), as: UTF8.self)
    }

    @Test func `Who says nothing, or not all of it, is hung up on at the deadline`() throws {
        for said in ["", "GET /version HTTP/1.1\r\nhost: a\r\n", "POST /rules HTTP/1.1\r\ncontent-length: 5\r\n\r\nab"]
        {
            let channel = EmbeddedChannel()
            try ControlServer.configure(channel, ControlRouter(service: ControlRouterTests.service(RuleBoard())))
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
            try channel.writeInbound(ByteBuffer(string: said))
            channel.embeddedEventLoop.advanceTime(by: ControlHandler.deadline - .milliseconds(1))
            #expect(channel.isActive)
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
            #expect(!channel.isActive)
            _ = try channel.finish(acceptAlreadyClosed: true)
        }
    }
}
