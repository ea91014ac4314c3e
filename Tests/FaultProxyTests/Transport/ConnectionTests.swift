import NIOCore
import Testing

@testable import FaultProxy

/// relay-contract 1: connections.
@Suite(.timeLimit(.minutes(10)))
struct ConnectionTests {
    @Test func `One connection has one runtime connection of its own`() async throws {
        try await withRelay { path, runtime in
            let one = try await Peer.connect(to: path)
            let oneRuntime = try await runtime.accept()
            let other = try await Peer.connect(to: path)
            let otherRuntime = try await runtime.accept()
            try await other.send(Array("other".utf8))
            try await one.send(Array("one".utf8))
            #expect(await otherRuntime.receive(5) == Array("other".utf8))
            #expect(await oneRuntime.receive(3) == Array("one".utf8))
            try await oneRuntime.send(Array("answer".utf8))
            #expect(await one.receive(6) == Array("answer".utf8))
        }
    }

    @Test func `Without a runtime the client is closed without a byte`() async throws {
        try await withFolder { folder in
            let configuration = Relay.Configuration(listenPath: folder + "/relay", runtimePath: folder + "/nothing")
            try await Relay.run(configuration) { _ in
                for _ in 0..<3 {
                    let client = try await Peer.connect(to: folder + "/relay")
                    #expect(await client.receiveAll() == [])
                }
            }
        }
    }

    @Test func `The relay says nothing of its own`() async throws {
        try await withRelay { path, runtime in
            let client = try await Peer.connect(to: path)
            let server = try await runtime.accept()
            // The first bytes either end sees are the first the other sent.
            try await server.send(Wire.settings([(4, 7)]))
            #expect(await client.receive(15) == Wire.settings([(4, 7)]))
            try await client.send(Wire.preface + Wire.settings())
            #expect(await server.receive(33) == Wire.preface + Wire.settings())
            try await client.finish()
            try await server.finish()
            #expect(await client.receiveAll() == [])
            #expect(await server.receiveAll() == [])
        }
    }

    @Test func `When the runtime closes, the client gets all it had said, then the end`() async throws {
        try await withRelay { path, runtime in
            let client = try await Peer.connect(to: path)
            let server = try await runtime.accept()
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await server.send(bytes)
            try await server.close()
            #expect(await client.receiveAll() == bytes)
        }
    }

    @Test(arguments: [true, false])
    func `An end that takes nothing any more does not keep the relay from its end`(isClient: Bool) async throws {
        // With this much the buffers of two sockets and the relay's own are full.
        let bytes = [UInt8](repeating: 7, count: 8 << 20)
        try await withRelay { path, runtime in
            let client = try await Peer.connect(to: path)
            let server = try await runtime.accept()
            try await (isClient ? client : server).stopReading()
            (isClient ? server : client).post(bytes)
            // What went the other way shows that the relay has begun with it.
            try await (isClient ? client : server).send(Array("so".utf8))
            #expect(await (isClient ? server : client).receive(2) == Array("so".utf8))
        }
    }

    @Test func `When the client closes, so does the runtime's connection`() async throws {
        try await withRelay { path, runtime in
            let client = try await Peer.connect(to: path)
            let server = try await runtime.accept()
            try await client.send(Array("bye".utf8))
            try await client.close()
            #expect(await server.receiveAll() == Array("bye".utf8))
        }
    }

    @Test func `A client that has finished asking still hears the answer`() async throws {
        try await withRelay { path, runtime in
            let client = try await Peer.connect(to: path)
            let server = try await runtime.accept()
            try await client.send(Array("GET /info HTTP/1.0\r\n\r\n".utf8))
            try await client.finish()
            #expect(await server.receiveAll().count == 22)
            try await server.send(Array("HTTP/1.0 200 OK\r\n\r\nhello".utf8))
            try await server.close()
            #expect(await client.receiveAll() == Array("HTTP/1.0 200 OK\r\n\r\nhello".utf8))
        }
    }

    @Test func `Many connections come and go`() async throws {
        try await withRelay { path, runtime in
            for round in 0..<200 {
                let client = try await Peer.connect(to: path)
                let server = try await runtime.accept()
                try await client.send(Wire.preface + Wire.ping())
                #expect(await server.receive(41) == Wire.preface + Wire.ping())
                try await round % 2 == 0 ? client.close() : server.close()
                _ = await server.receiveAll()
                _ = await client.receiveAll()
            }
        }
    }
}
