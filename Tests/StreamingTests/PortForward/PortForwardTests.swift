import NIOCore
import Testing

@testable import Streaming

/// Port-forward over SPDY and WebSocket, against a scripted server.
@Suite(.timeLimit(.minutes(10)))
struct PortForwardTests {
    /// A SPDY server that echoes on every port but 9, where nobody listens.
    private static func echo(_ peer: FakePeer) async throws {
        let spdy = try await FakeSPDY.upgrade(peer, chosen: "portforward.k8s.io")
        #expect(peer.values("X-Stream-Protocol-Version") == ["portforward.k8s.io"])
        var errors: [String: UInt32] = [:]
        var pairs: [UInt32: UInt32] = [:]
        while let frame = try await spdy.nextFrame() {
            switch frame {
            case .synStream(let id, let headers):
                let request = try #require(headers["requestid"])
                try await spdy.reply(id)
                if headers["streamtype"] == "error" {
                    errors[request] = id
                } else {
                    #expect(headers["streamtype"] == "data")
                    let error = try #require(errors[request])
                    pairs[id] = error
                    guard headers["port"] == "9" else { continue }
                    try await spdy.send(.data(id: error, bytes: ByteBuffer(string: "nobody at 9"), isFinal: true))
                    try await spdy.send(.data(id: id, bytes: ByteBuffer(), isFinal: true))
                }
            case .other(.data(let id, let bytes, let isFinal)):
                guard let error = pairs[id] else { continue }
                try await spdy.send(.data(id: id, bytes: bytes, isFinal: isFinal))
                if isFinal { try await spdy.send(.data(id: error, bytes: ByteBuffer(), isFinal: true)) }
            case .other: continue
            }
        }
    }

    private func exchange(_ connection: ForwardedConnection, _ bytes: [UInt8]) async throws -> [UInt8] {
        async let received = connection.output.collect(upTo: .max)
        try await connection.input.write(bytes)
        try await connection.input.close()
        return try await received
    }

    @Test func `SPDY: of three connections the one to a closed port fails alone`() async throws {
        try await withFakeServer(Self.echo) { server in
            let outcome = try await withPortForward(url: server.url) { (session) async throws in
                #expect(session.negotiation.chosen == "portforward.k8s.io")
                let first = try await session.open(port: 8_080)
                let closed = try await session.open(port: 9)
                let second = try await session.open(port: 8_081)
                #expect(try await exchange(first, Array("ping".utf8)) == Array("ping".utf8))
                #expect(first.output.ending == .finished)
                #expect(try await first.error() == nil)
                #expect(try await closed.error() == "nobody at 9")
                #expect(closed.errorSoFar == "nobody at 9")
                #expect(try await closed.output.collect(upTo: 10) == [])
                #expect(try await exchange(second, Array("pong".utf8)) == Array("pong".utf8))
            }
            #expect(outcome.value != nil)
        }
    }

    @Test func `SPDY: two hundred at once on one connection`() async throws {
        try await withFakeServer(Self.echo) { server in
            _ = try await withPortForward(url: server.url) { (session) async throws in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<200 {
                        group.addTask {
                            let connection = try await session.open(port: UInt16(1_000 + index))
                            let bytes = Array(pattern(3_000 + index).reversed())
                            #expect(try await exchange(connection, bytes) == bytes)
                            #expect(try await connection.error() == nil)
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `SPDY: a pair that is refused leaves the others alone and nothing open`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer, chosen: "portforward.k8s.io")
            var resets: [UInt32] = []
            while let frame = try await spdy.nextFrame() {
                switch frame {
                case .synStream(let id, ["streamtype": "data", "port": "1", "requestid": "0"]):
                    try await spdy.send(.rstStream(id: id, status: .refusedStream))
                case .synStream(let id, _): try await spdy.reply(id)
                case .other(.rstStream(let id, .cancel)): resets.append(id)
                case .other(.data(7, _, true)):
                    try await spdy.send(.data(id: 7, bytes: ByteBuffer(string: "ok"), isFinal: true))
                case .other: continue
                }
            }
            // The error stream of the refused pair at once, that of the other one at the end.
            #expect(resets == [1, 5])
        } client: { server in
            _ = try await withPortForward(url: server.url) { (session) async throws in
                #expect(await failure { _ = try await session.open(port: 1) } == .streamRefused)
                let connection = try await session.open(port: 2)
                try await connection.input.close()
                #expect(try await connection.output.text() == "ok")
            }
        }
    }

    @Test func `SPDY: a server may end the error stream before the client has ended its half`() async throws {
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer, chosen: "portforward.k8s.io")
            let error = try #require(await spdy.nextStream()).id
            let data = try #require(await spdy.nextStream()).id
            try await spdy.reply(error)
            try await spdy.send(.data(id: error, bytes: ByteBuffer(string: "nobody at 1"), isFinal: true))
            try await spdy.send(.rstStream(id: error, status: .cancel))
            try await spdy.reply(data)
            while try await spdy.next() != nil {}
        } client: { server in
            _ = try await withPortForward(url: server.url) { (session) async throws in
                let connection = try await session.open(port: 1)
                #expect(try await connection.error() == "nobody at 1")
            }
        }
    }

    @Test func `SPDY: one connection can be reset while another goes on`() async throws {
        let reset = Signal()
        try await withFakeServer { peer in
            let spdy = try await FakeSPDY.upgrade(peer, chosen: "portforward.k8s.io")
            for _ in 0..<4 { try await spdy.reply(#require(await spdy.nextStream()).id) }
            while let frame = try await spdy.next() {
                guard case .rstStream(let id, .cancel) = frame, id == 3 else { continue }
                reset.fire()
                try await spdy.send(.data(id: 7, bytes: ByteBuffer(string: "still here"), isFinal: true))
            }
        } client: { server in
            _ = try await withPortForward(url: server.url) { (session) async throws in
                let first = try await session.open(port: 1)
                let second = try await session.open(port: 2)
                try await first.output.reset()
                try await reset.wait()
                #expect(await failure { _ = try await first.output.text() } == .closed)
                #expect(try await second.output.text() == "still here")
            }
        }
    }

    @Test func `SPDY: a server that names another protocol does not offer it`() async throws {
        try await withFakeServer { peer in
            _ = try await FakeSPDY.upgrade(peer, chosen: nil)
            _ = await peer.waitForEnd()
        } client: { server in
            let outcome = try await withPortForward(url: server.url) { _ in Issue.record("the body ran") }
            guard case .notOffered = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    @Test func `WebSocket: channels belong to the ports of the request`() async throws {
        try await withFakeServer { peer in
            let socket = try await FakeWebSocket.upgrade(peer)
            #expect(peer.values("Sec-WebSocket-Protocol") == ["v4.channel.k8s.io"])
            for (index, port) in [UInt16(8_080), 8_081, 9].enumerated() {
                for channel in [UInt8(2 * index), UInt8(2 * index + 1)] {
                    try await socket.send([UInt8(port & 0xff), UInt8(port >> 8)], on: channel)
                }
            }
            try await socket.send("nobody at 9", on: 5)
            while let message = try await socket.message() {
                try await socket.send(message.bytes, on: message.channel)
                if message.channel == 2 { try await socket.close() }
            }
            _ = await peer.waitForEnd()
        } client: { server in
            let offer = PortForwardProtocol.webSocket(ports: [8_080, 8_081, 9])
            _ = try await withPortForward(url: server.url, protocol: offer) { (session) async throws in
                let first = try await session.open(port: 8_080)
                let second = try await session.open(port: 8_081)
                let closed = try await session.open(port: 9)
                #expect(await failure { _ = try await session.open(port: 9) } == .notPossible)
                #expect(await failure { _ = try await session.open(port: 80) } == .notPossible)
                #expect(try await closed.error() == "nobody at 9")
                #expect(await failure { try await first.input.close() } == .notPossible)
                try await first.input.write(Array("ping".utf8))
                var iterator = first.output.makeAsyncIterator()
                #expect(try await iterator.next() == Array("ping".utf8))
                try await second.input.write(Array("pong".utf8))
                #expect(try await second.output.text() == "pong")
                #expect(second.output.ending == .connectionEnded)
                #expect(try await first.error() == nil)
            }
        }
    }

    @Test func `WebSocket: a port that was not asked for is a violation`() async throws {
        try await withFakeServer { peer in
            let socket = try await FakeWebSocket.upgrade(peer)
            try await socket.send([81, 0], on: 0)
            _ = await peer.waitForEnd()
        } client: { server in
            let code = await failure {
                _ = try await withPortForward(url: server.url, protocol: .webSocket(ports: [80])) {
                    (session) async throws in
                    _ = try await session.open(port: 80)
                }
            }
            #expect(code == .protocolViolation)
        }
    }

    @Test func `WebSocket: a channel that is never made ready is waited for no longer than allowed`() async throws {
        try await withFakeServer { peer in
            _ = try await FakeWebSocket.upgrade(peer)
            _ = await peer.waitForEnd()
        } client: { server in
            let soon = options { $0.openTimeout = .milliseconds(50) }
            _ = try await withPortForward(url: server.url, protocol: .webSocket(ports: [80]), options: soon) {
                (session) async throws in
                #expect(await failure { _ = try await session.open(port: 80) } == .timedOut)
            }
        }
    }

    @Test func `WebSocket: more ports than channels`() async throws {
        let ports = [UInt16](repeating: 1, count: 129)
        let code = await failure {
            _ = try await withPortForward(
                url: "http://127.0.0.1:1/portforward/tok1",
                protocol: .webSocket(ports: ports)
            ) { _ in }
        }
        #expect(code == .notPossible)
    }
}
