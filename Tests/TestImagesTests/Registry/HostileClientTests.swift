import NIOCore
import NIOPosix
import Testing

@testable import TestImages

/// Clients that do what no runtime does.
@Suite(.timeLimit(.minutes(10))) struct HostileClientTests {
    @Test func `Requests sent together are answered one after the other`() async throws {
        try await RegistryFixture.with { fixture in
            try await withWire(fixture.registry.address) { wire in
                let paths = [fixture.manifestPath, fixture.layerPath, "/v2/", fixture.manifestPath]
                try await wire.send(paths.map { "GET \($0) HTTP/1.1\r\nhost: x\r\n\r\n" }.joined())
                for body in [fixture.image.manifest.bytes, fixture.layer.bytes, Array("{}".utf8)] {
                    let head = try await wire.head()
                    #expect(try await wire.bytes(head.length) == body)
                }
                #expect(try await wire.head().length == fixture.image.manifest.size)
            }
        }
    }

    @Test func `What was asked behind a stall is answered when it ends`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(stall: .init(.layer))) { fixture in
            try await withWire(fixture.registry.address) { wire in
                let paths = [fixture.layerPath, fixture.manifestPath, "/v2/"]
                try await wire.send(paths.map { "GET \($0) HTTP/1.1\r\nhost: x\r\n\r\n" }.joined())
                try await fixture.untilLast(.stalled)
                #expect(fixture.requests.count == 1)
                fixture.behave(RegistryBehaviour())
                for body in [fixture.layer.bytes, fixture.image.manifest.bytes, Array("{}".utf8)] {
                    let head = try await wire.head()
                    #expect(try await wire.bytes(head.length) == body)
                }
            }
        }
    }

    @Test func `A connection may ask for ever, as long as each request has an end`() async throws {
        try await RegistryFixture.with { fixture in
            try await withWire(fixture.registry.address) { wire in
                for _ in 0..<100 {
                    let (head, _) = try await wire.get("/v2/", ["a": String(repeating: "a", count: 1000)])
                    #expect(head.status == 200)
                }
            }
        }
    }

    @Test func `A client that asks on behind a stall is noted once, and seen to leave`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(stall: .init(.any, .beforeHead))) { fixture in
            try await withWire(fixture.registry.address) { wire in
                let request = "GET \(fixture.manifestPath) HTTP/1.1\r\nhost: x\r\n\r\n"
                try await wire.send(String(repeating: request, count: 100))
                try await fixture.untilLast(.stalled)
                // More than is read at once.
                try await wire.send(String(repeating: request, count: 1500))
            }
            try await fixture.untilLast(.aborted)
            #expect(fixture.requests.count == 1)
        }
    }

    @Test(arguments: [
        "GET /v2/ HTTP/1.1\r\nhost: x\r\na: " + String(repeating: "a", count: 70_000),
        "GET /" + String(repeating: "a", count: 70_000),
        "GET /v2/ HTTP/1.1\r\nhost: x\r\n" + String(repeating: "a: b\r\n", count: 12_000),
        "POST /v2/ HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n" + String(repeating: "a", count: 70_000),
        "POST /v2/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
            + String(repeating: "1\r\na\r\n", count: 12_000),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "\r\n\r\nnothing\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
    ])
    func `What has no end or makes no sense is closed, and the next client served`(text: String) async throws {
        try await RegistryFixture.with { fixture in
            try await withWire(fixture.registry.address) { wire in
                // The registry may be gone before all of it is sent, and a reset is an end too.
                try? await wire.send(text)
                _ = try? await wire.rest()
            }
            let head = try await withWire(fixture.registry.address) { try await $0.get(fixture.manifestPath).0 }
            #expect(head.status == 200)
        }
    }

    @Test func `No more connections are served at once than the bound, and others when those are gone`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = RegistryServer(RegistryContent(), group, connectionLimit: 1)
        let (listener, address) = try await server.listen(.address("127.0.0.1:0"))
        try await withWire(address) { first in
            #expect(try await first.get("/v2/").0.status == 200)
            try await withWire(address) { second in
                try? await second.ask("/v2/")
                let bytes = (try? await second.rest()) ?? []
                #expect(bytes.isEmpty)
            }
            try await first.send("GET /v2/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            // Its end is seen here after it is counted there.
            #expect(try await !first.rest().isEmpty)
        }
        let status = try await withWire(address) { try await $0.get("/v2/").0.status }
        #expect(status == 200)
        try await listener.close()
        try await group.shutdownGracefully()
    }

    @Test func `A path is noted without its query, a range not beyond its bound`() async throws {
        try await RegistryFixture.with { fixture in
            try await withWire(fixture.registry.address) { wire in
                let range = "bytes=0-1," + String(repeating: "2-3,", count: 1000)
                let (head, body) = try await wire.get(fixture.layerPath + "?secret=1", ["range": range])
                #expect(head.status == 200)
                #expect(body == fixture.layer.bytes)
            }
            let request = try #require(fixture.requests.first)
            #expect(request.path == fixture.layerPath)
            #expect(request.range?.count == 128)
        }
    }

    @Test func `The log of a repository has an end, and requests are answered beyond it`() {
        var log = RequestLog()
        let request = RegistryRequest(
            kind: .other,
            method: "GET",
            path: "/",
            range: nil,
            authorization: nil,
            status: nil,
            state: .open,
            bytesSent: 0
        )
        for position in 0..<RequestLog.limit { #expect(log.note(request) == position) }
        #expect(log.note(request) == nil)
        log.change(nil) { $0.state = .done }
        log.change(RequestLog.limit) { $0.state = .done }
        #expect(log.entries.count == RequestLog.limit)
    }
}
