import NIOCore
import Testing

@testable import Streaming

/// Exec and attach over WebSocket, against a scripted server.
@Suite(.timeLimit(.minutes(10)))
struct WebSocketExecTests {
    @Test func `v5: stdin goes in, half-closes, stdout and stderr and the exit code come back`() async throws {
        try await withFakeServer { peer in
            let socket = try await FakeWebSocket.upgrade(peer, chosen: "v5.channel.k8s.io")
            #expect(peer.lines.first == "GET /exec/\(FakeServer.token) HTTP/1.1")
            #expect(peer.values("Sec-WebSocket-Protocol") == ["v5.channel.k8s.io, v4.channel.k8s.io"])
            var input: [UInt8] = []
            while let message = try await socket.message() {
                if message.channel == 255 {
                    #expect(message.bytes == [0])
                    break
                }
                #expect(message.channel == 0)
                input += message.bytes
            }
            try await socket.send(input.reversed(), on: 1)
            try await socket.send("warned", on: 2)
            try await socket.send([1], on: 255)
            try await socket.send(exit(3), on: 3)
            try await socket.close()
            _ = await peer.waitForEnd()
        } client: { server in
            let outcome = try await withExec(url: server.url, streams: everything, protocol: .webSocketV5) {
                (session) async throws in
                #expect(session.version == .v5)
                let stdin = try #require(session.stdin)
                try await stdin.write(Array("hello".utf8))
                try await stdin.close()
                #expect(await failure { try await stdin.write([1]) } == .closed)
                #expect(try await session.stdout?.text() == "olleh")
                #expect(session.stdout?.ending == .finished)
                #expect(try await session.stderr?.text() == "warned")
                #expect(session.stderr?.ending == .connectionEnded)
                let status = try await session.status()
                try await session.waitUntilClosed()
                #expect(await session.farewell() == .webSocketClose(code: 1_000, reason: ""))
                return status
            }
            #expect(outcome.value == .exited(code: 3))
        }
    }

    @Test func `v4: what follows the answer in the same segment is not lost`() async throws {
        try await withFakeServer { peer in
            try await peer.request()
            var bytes = ByteBuffer(string: try FakeWebSocket.answer(peer, chosen: "v4.channel.k8s.io"))
            bytes.writeImmutableBuffer(WebSocketFrameEncoder.encode(.binary, [1], mask: nil))
            bytes.writeImmutableBuffer(WebSocketFrameEncoder.encode(.binary, [1] + Array("at once".utf8), mask: nil))
            bytes.writeImmutableBuffer(WebSocketFrameEncoder.encode(.binary, [3] + Array(success.utf8), mask: nil))
            bytes.writeImmutableBuffer(WebSocketFrameEncoder.encode(.close, [3, 0xe8], mask: nil))
            try await peer.send(bytes)
            _ = await peer.waitForEnd()
        } client: { server in
            let streams = RemoteCommandStreams(stdin: true, stdout: true)
            let outcome = try await withExec(url: server.url, streams: streams, protocol: .webSocketV4) {
                (session) async throws in
                #expect(try await session.stdout?.text() == "at once")
                return try await session.status()
            }
            #expect(outcome.value == .succeeded)
        }
    }

    @Test func `v4 has no half-close`() async throws {
        try await withFakeServer { peer in
            _ = try await FakeWebSocket.upgrade(peer)
            _ = await peer.waitForEnd()
        } client: { server in
            _ = try await withExec(url: server.url, streams: everything, protocol: .webSocketV4) {
                (session) async throws in
                let stdin = try #require(session.stdin)
                #expect(await failure { try await stdin.close() } == .notPossible)
                let stdout = try #require(session.stdout)
                #expect(await failure { try await stdout.reset() } == .notPossible)
            }
        }
    }

    @Test(arguments: ["v4.channel.k8s.io", nil] as [String?])
    func `a server that does not choose v5 does not offer it, which is no error`(chosen: String?) async throws {
        try await withFakeServer { peer in
            _ = try await FakeWebSocket.upgrade(peer, chosen: chosen)
            #expect(await peer.waitForEnd())
        } client: { server in
            let outcome = try await withExec(url: server.url, streams: everything, protocol: .webSocketV5) { _ in
                Issue.record("the body ran")
            }
            guard case .notOffered(let negotiation) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(negotiation.chosen == chosen)
            #expect(negotiation.upgrade == "websocket")
        }
    }

    @Test func `a Status is complete with its message, before the connection ends`() async throws {
        let released = Signal()
        try await withFakeServer { peer in
            let socket = try await FakeWebSocket.upgrade(peer)
            try await socket.send([], on: 3)
            let text = Array(exit(7).utf8)
            try await socket.send(Array(text.prefix(20)), on: 3)
            try await socket.send(Array(text.dropFirst(20)), on: 3)
            try await released.wait()
        } client: { server in
            _ = try await withExec(url: server.url, streams: RemoteCommandStreams(stdout: true), protocol: .webSocketV4)
            { (session) async throws in
                #expect(try await session.status() == .exited(code: 7))
                released.fire()
            }
        }
    }

    @Test func `an output that is cut off is never taken for a whole one`() async throws {
        try await withFakeServer { peer in
            let socket = try await FakeWebSocket.upgrade(peer)
            try await socket.send("part", on: 1)
        } client: { server in
            _ = try await withExec(url: server.url, streams: RemoteCommandStreams(stdout: true), protocol: .webSocketV4)
            { (session) async throws in
                let stdout = try #require(session.stdout)
                var iterator = stdout.makeAsyncIterator()
                #expect(try await iterator.next() == Array("part".utf8))
                #expect(await failure { _ = try await iterator.next() } == .connectionLost)
            }
        }
    }

    @Test func `a Close that tells of trouble breaks the outputs`() async throws {
        try await withFakeServer { peer in
            let socket = try await FakeWebSocket.upgrade(peer)
            try await socket.send(.close, [3, 0xf3] + Array("lost \(FakeServer.token)".utf8))
            _ = await peer.waitForEnd()
        } client: { server in
            _ = try await withExec(url: server.url, streams: RemoteCommandStreams(stdout: true), protocol: .webSocketV4)
            { (session) async throws in
                let stdout = try #require(session.stdout)
                #expect(await failure { _ = try await stdout.text() } == .connectionLost)
                #expect(await session.farewell() == .webSocketClose(code: 1_011, reason: "lost <token>"))
            }
        }
    }

    @Test func `leaving early says Close, and pings go both ways`() async throws {
        try await withFakeServer { peer in
            let socket = try await FakeWebSocket.upgrade(peer)
            try await socket.send(.ping, [7])
            var seen: [WebSocketFrame] = []
            while let frame = try await socket.next() {
                seen.append(frame)
                if case .control(.ping, let payload) = frame {
                    try await socket.send(.pong, Array(payload.readableBytesView))
                }
            }
            #expect(seen.contains(.control(.pong, ByteBuffer(bytes: [7]))))
            #expect(seen.last == .control(.close, ByteBuffer(bytes: [3, 0xe8])))
        } client: { server in
            let quick = options { $0.keepAlive = .milliseconds(5) }
            _ = try await withExec(
                url: server.url,
                streams: RemoteCommandStreams(stdout: true),
                protocol: .webSocketV4,
                options: quick
            ) { (session) async throws in
                try await until {
                    let counters = await session.counters()
                    return counters.pongsReceived >= 2 && counters.pingsAnswered == 1
                }
            }
        }
    }

    @Test func `sizes of the terminal go over channel 4`() async throws {
        try await withFakeServer { peer in
            let socket = try await FakeWebSocket.upgrade(peer)
            let message = try #require(try await socket.message())
            #expect(message.channel == 4)
            try await socket.send(message.bytes, on: 1)
            try await socket.close()
            _ = await peer.waitForEnd()
        } client: { server in
            let streams = RemoteCommandStreams(stdout: true, tty: true)
            _ = try await withExec(url: server.url, streams: streams, protocol: .webSocketV4) {
                (session) async throws in
                try await session.resize(width: 80, height: 24)
                #expect(try await session.stdout?.text() == "{\"Width\":80,\"Height\":24}\n")
            }
        }
    }
}
