import Crypto
import Testing

@testable import TestImages

/// What really goes over the wire.
@Suite(.timeLimit(.minutes(10))) struct RegistryWireTests {
    @Test func `A busy registry says so twice, with when to come back, and then serves`() async throws {
        let busy = RegistryBehaviour(answer: .init(status: 429, .manifest, times: 2, retryAfter: .seconds(1)))
        try await RegistryFixture.with(busy) { fixture in
            try await withWire(fixture.registry.address) { wire in
                for _ in 0..<2 {
                    let (head, body) = try await wire.get(fixture.manifestPath)
                    #expect(head.status == 429)
                    #expect(head.headers["retry-after"] == "1")
                    #expect(String(decoding: body, as: UTF8.self).contains("TOOMANYREQUESTS"))
                }
                let (head, body) = try await wire.get(fixture.manifestPath)
                #expect(head.status == 200)
                #expect(body == fixture.image.manifest.bytes)
            }
            try await fixture.untilLast(.done)
            #expect(fixture.requests.map(\.status) == [429, 429, 200])
            #expect(fixture.requests.map(\.kind) == [.manifest, .manifest, .manifest])
        }
    }

    @Test func `A stalled layer stops where it should, holds its connection, and goes on when healed`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(stall: .init(.layer, .afterBytes(65536)))) { fixture in
            try await withWire(fixture.registry.address) { wire in
                try await wire.ask(fixture.layerPath)
                let head = try await wire.head()
                #expect(head.status == 200)
                #expect(head.length == fixture.layer.size)
                let begin = try await wire.bytes(65536)
                try await fixture.untilLast(.stalled)
                #expect(fixture.requests.last?.bytesSent == 65536)
                #expect(fixture.openConnections == 1)
                // Other content is served meanwhile.
                let manifest = try await withWire(fixture.registry.address) { try await $0.get(fixture.manifestPath).1 }
                #expect(manifest == fixture.image.manifest.bytes)
                #expect(fixture.requests.first?.state == .stalled)

                fixture.behave(RegistryBehaviour())
                let end = try await wire.bytes(fixture.layer.size - 65536)
                #expect(begin + end == fixture.layer.bytes)
                try await fixture.until { $0.first?.state == .done }
                #expect(fixture.requests.first?.bytesSent == fixture.layer.size)
                #expect(fixture.openConnections == 0)
            }
        }
    }

    @Test func `A stall before the head sends nothing at all until it is healed`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(stall: .init(.manifest, .beforeHead))) { fixture in
            try await withWire(fixture.registry.address) { wire in
                try await wire.ask(fixture.manifestPath)
                try await fixture.untilLast(.stalled)
                #expect(fixture.requests.last?.status == nil)
                #expect(fixture.openConnections == 1)
                // It is decided anew: what comes is what the new behaviour says.
                fixture.behave(RegistryBehaviour(answer: .init(status: 503)))
                let head = try await wire.head()
                #expect(head.status == 503)
                _ = try await wire.bytes(head.length)
                try await fixture.untilLast(.done)
                #expect(fixture.requests.map(\.status) == [503])
            }
        }
    }

    @Test(arguments: [RegistryBehaviour.Stall.Point.beforeHead, .afterBytes(0), .afterBytes(10)])
    func `A client that goes away from a stall is seen to have let go`(point: RegistryBehaviour.Stall.Point)
        async throws
    {
        try await RegistryFixture.with(RegistryBehaviour(stall: .init(.layer, point))) { fixture in
            try await withWire(fixture.registry.address) { wire in
                try await wire.ask(fixture.layerPath)
                try await fixture.untilLast(.stalled)
                #expect(fixture.openConnections == 1)
            }
            try await fixture.untilLast(.aborted)
            #expect(fixture.openConnections == 0)
        }
    }

    @Test func `A repository that is withdrawn lets its stalled connections go, and only those`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(stall: .init(.layer))) { fixture in
            let other = "other"
            fixture.registry.serve(fixture.image, repository: other, tags: [])
            fixture.registry.behave(RegistryBehaviour(stall: .init(.layer)), repository: other)
            try await withWire(fixture.registry.address) { kept in
                try await kept.ask("/v2/\(other)/blobs/\(fixture.layer.digest)")
                _ = try await kept.head()
                try await withWire(fixture.registry.address) { wire in
                    try await wire.ask(fixture.layerPath)
                    _ = try await wire.head()
                    fixture.registry.withdraw(repository: RegistryFixture.repository)
                    #expect(try await wire.rest().isEmpty)
                }
                #expect(fixture.requests.isEmpty)
                #expect(fixture.registry.openConnections(repository: other) == 1)
                fixture.registry.behave(RegistryBehaviour(), repository: other)
                #expect(try await kept.bytes(fixture.layer.size) == fixture.layer.bytes)
            }
        }
    }

    @Test func `A registry ends although a client waits for it, and what watches it ends too`() async throws {
        let (registry, changes) = try await withRegistry(listeners: [.address("127.0.0.1:0")]) { registry in
            registry.behave(RegistryBehaviour(stall: .init(.any, .beforeHead)), repository: "a")
            let changes = registry.changes(repository: "a")
            let address = registry.address
            let stalled = registry.changes(repository: "a")
            Task {
                try await withWire(address) { wire in
                    try await wire.ask("/v2/a/tags/list")
                    _ = try await wire.rest()
                }
            }
            for await _ in stalled where registry.requests(repository: "a").first?.state == .stalled { break }
            return (registry, changes)
        }
        for await _ in changes {}
        for await _ in registry.changes(repository: "a") {}
        #expect(registry.requests(repository: "a").map(\.state) == [.aborted])
    }

    @Test func `A cut layer breaks off where it should, twice, and a range goes on from there`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(cut: .init(.layer, after: 1000, times: 2))) { fixture in
            var received: [UInt8] = []
            for _ in 0..<2 {
                received += try await withWire(fixture.registry.address) { wire in
                    try await wire.ask(fixture.layerPath, ["range": "bytes=\(received.count)-"])
                    let head = try await wire.head()
                    #expect(head.status == 206)
                    #expect(head.length == fixture.layer.size - received.count)
                    return try await wire.rest()
                }
            }
            #expect(received.count == 2000)
            try await fixture.untilLast(.cut)
            let (head, rest) = try await withWire(fixture.registry.address) { wire in
                try await wire.get(fixture.layerPath, ["range": "bytes=2000-"])
            }
            #expect(head.headers["content-range"] == "bytes 2000-\(fixture.layer.size - 1)/\(fixture.layer.size)")
            #expect(received + rest == fixture.layer.bytes)
            try await fixture.untilLast(.done)
            #expect(fixture.requests.map(\.state) == [.cut, .cut, .done])
            #expect(fixture.requests.map(\.bytesSent) == [1000, 1000, fixture.layer.size - 2000])
            #expect(fixture.requests.map(\.range) == ["bytes=0-", "bytes=1000-", "bytes=2000-"])
        }
    }

    @Test(arguments: [0, 1, Int.max])
    func `A cut never lets a body through whole`(after: Int) async throws {
        try await RegistryFixture.with(RegistryBehaviour(cut: .init(.config, after: after))) { fixture in
            let size = fixture.image.configuration.size
            try await withWire(fixture.registry.address) { wire in
                try await wire.ask(fixture.path(of: fixture.image.configuration))
                #expect(try await wire.head().length == size)
                #expect(try await wire.rest().count == min(after, size - 1))
            }
        }
    }

    @Test func `Nothing follows the head that was asked for alone`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(stall: .init(.any), cut: .init(.any))) { fixture in
            try await withWire(fixture.registry.address) { wire in
                try await wire.ask(fixture.layerPath, method: "HEAD")
                let head = try await wire.head()
                #expect(head.length == fixture.layer.size)
                #expect(head.headers["docker-content-digest"] == fixture.layer.digest.description)
                try await wire.ask("/v2/")
                #expect(try await wire.head().status == 200)
            }
        }
    }

    @Test func `A slow layer comes in pieces, and at once when it is healed`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(slow: .init(.layer, rate: 20))) { fixture in
            try await withWire(fixture.registry.address) { wire in
                try await wire.ask(fixture.layerPath)
                #expect(try await wire.head().length == fixture.layer.size)
                var received = try await wire.bytes(3)
                let request = try #require(fixture.requests.last)
                #expect(request.state == .open)
                // At 20 bytes a second the whole would take more than an hour.
                #expect(request.bytesSent < fixture.layer.size)
                fixture.behave(RegistryBehaviour())
                received += try await wire.bytes(fixture.layer.size - 3)
                #expect(received == fixture.layer.bytes)
                try await fixture.untilLast(.done)
            }
        }
    }

    @Test(arguments: [RegistryTarget.manifest, .config, .layer])
    func `Corrupt content claims the digest it does not have`(target: RegistryTarget) async throws {
        try await RegistryFixture.with(RegistryBehaviour(corrupt: target)) { fixture in
            let image = fixture.image
            let contents = [
                (RegistryTarget.manifest, fixture.manifestPath, image.manifest),
                (.config, fixture.path(of: image.configuration), image.configuration),
                (.layer, fixture.path(of: image.layers[0]), image.layers[0]),
                (.layer, fixture.layerPath, fixture.layer),
            ]
            try await withWire(fixture.registry.address) { wire in
                for (kind, path, blob) in contents {
                    let (head, bytes) = try await wire.get(path)
                    #expect(head.status == 200)
                    #expect(head.headers["docker-content-digest"] == blob.digest.description)
                    #expect(bytes.count == blob.size)
                    #expect((Self.digest(bytes) == blob.digest.description) == (kind != target), "\(kind)")
                }
            }
        }
    }

    @Test(arguments: [(RegistryTarget.manifest, [404, 200, 200]), (.layer, [200, 200, 404])])
    func `What is missing is answered 404`(target: RegistryTarget, expected: [Int]) async throws {
        try await RegistryFixture.with(RegistryBehaviour(missing: target)) { fixture in
            let paths = [fixture.manifestPath, fixture.path(of: fixture.image.configuration), fixture.layerPath]
            let statuses = try await withWire(fixture.registry.address) { wire in
                var statuses: [Int] = []
                for path in paths { statuses.append(try await wire.get(path).0.status) }
                return statuses
            }
            #expect(statuses == expected)
        }
    }

    static func digest(_ bytes: [UInt8]) -> String {
        "sha256:" + SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
