import NIOCore
import NIOHTTP1
import Testing

@testable import TestImages

@Suite struct RepositoryDecisionTests {
    private static let image = try? ImageBuilder.build(RegistryFixture.recipe, agent: RegistryFixture.agent)

    /// A registry with the image as `a/b:one`, without a socket.
    private struct Fixture {
        var store = RegistryStore()
        let image: BuiltImage

        init(_ behaviour: RegistryBehaviour) throws {
            let image = try #require(RepositoryDecisionTests.image)
            self.image = image
            store.change("a/b") {
                $0.add(image, tags: ["one"])
                $0.behave(behaviour)
            }
        }

        func path(_ kind: RegistryRequest.Kind) -> String {
            switch kind {
            case .manifest: "/v2/a/b/manifests/one"
            case .config: "/v2/a/b/blobs/\(image.configurationDigest)"
            case .layer: "/v2/a/b/blobs/\(image.layers[1].digest)"
            case .blob: "/v2/a/b/blobs/sha256:00"
            case .tags: "/v2/a/b/tags/list"
            case .token, .other: "/nothing"
            }
        }

        mutating func decide(_ path: String, _ method: HTTPMethod = .GET) -> RegistryDecision {
            store.decide(RegistryQuery(HTTPRequestHead(version: .http1_1, method: method, uri: path)))
        }

        mutating func status(_ kind: RegistryRequest.Kind, _ method: HTTPMethod = .GET) -> UInt? {
            guard case .answer(let answer) = decide(path(kind), method) else { return nil }
            return answer.status.code
        }

        mutating func answer(_ path: String, _ method: HTTPMethod = .GET) throws -> RegistryAnswer {
            guard case .answer(let answer) = decide(path, method) else { throw CancellationError() }
            return answer
        }
    }

    @Test(arguments: [
        (RegistryTarget.manifest, [UInt(503), 200, 200, 404, 200]),
        (.config, [200, 503, 200, 404, 200]),
        (.layer, [200, 200, 503, 404, 200]),
        (.any, [503, 503, 503, 503, 503]),
    ])
    func `An answer is given to the requests it is about`(target: RegistryTarget, expected: [UInt]) throws {
        var fixture = try Fixture(RegistryBehaviour(answer: .init(status: 503, target)))
        let kinds: [RegistryRequest.Kind] = [.manifest, .config, .layer, .blob, .tags]
        #expect(kinds.map { fixture.status($0) } == expected)
        #expect(kinds.map { fixture.status($0, .HEAD) } == expected)
    }

    @Test func `What acts so many times acts no more, until it is set again`() throws {
        let behaviour = RegistryBehaviour(answer: .init(status: 429, .manifest, times: 2))
        var fixture = try Fixture(behaviour)
        #expect(fixture.status(.layer) == 200)
        #expect((0..<4).map { _ in fixture.status(.manifest) } == [429, 429, 200, 200])
        fixture.store.change("a/b") { $0.behave(behaviour) }
        #expect((0..<3).map { _ in fixture.status(.manifest) } == [429, 429, 200])
        fixture.store.change("a/b") { $0.behave(RegistryBehaviour(answer: .init(status: 500, times: 0))) }
        #expect(fixture.status(.manifest) == 200)
    }

    @Test(arguments: [
        (Duration.zero, "0"), (.seconds(1), "1"), (.milliseconds(1001), "2"), (.seconds(-5), "0"), (nil, nil),
    ])
    func `Retry-After is in whole seconds, rounded up`(after: Duration?, header: String?) throws {
        var fixture = try Fixture(RegistryBehaviour(answer: .init(status: 429, retryAfter: after)))
        let answer = try fixture.answer(fixture.path(.manifest))
        #expect(answer.headers.first(name: "retry-after") == header)
        #expect(String(buffer: answer.body.bytes(at: 0, length: 99)).contains("TOOMANYREQUESTS"))
    }

    @Test(arguments: [(0, UInt(400)), (200, 400), (404, 404), (599, 599), (.max, 599), (.min, 400)])
    func `A status that is no error is the nearest one that is`(status: Int, sent: UInt) throws {
        var fixture = try Fixture(RegistryBehaviour(answer: .init(status: status)))
        #expect(fixture.status(.manifest) == sent)
    }

    @Test(arguments: [
        (RegistryTarget.manifest, [UInt(404), 200, 200]), (.config, [200, 404, 200]), (.layer, [200, 200, 404]),
        (.any, [404, 404, 404]),
    ])
    func `What is missing is not there, and the rest is`(target: RegistryTarget, expected: [UInt]) throws {
        var fixture = try Fixture(RegistryBehaviour(missing: target))
        #expect([.manifest, .config, .layer].map { fixture.status($0) } == expected)
        #expect(fixture.status(.tags) == 200)
    }

    @Test func `Content is redirected to a path that serves it`() throws {
        var fixture = try Fixture(RegistryBehaviour(redirect: .init(.layer, times: 2)))
        let path = fixture.path(.layer)
        #expect(fixture.status(.manifest) == 200)
        for _ in 0..<2 {
            let answer = try fixture.answer(path)
            #expect(answer.status == .temporaryRedirect)
            let place = try #require(answer.headers.first(name: "location"))
            #expect(place == "/crisol-redirect" + path)
            let served = try fixture.answer(place)
            #expect(served.status == .ok)
            #expect(served.kind == .layer)
            #expect(served.body == RegistryBody(fixture.image.layers[1].content))
        }
        #expect(fixture.status(.layer) == 200)
    }

    @Test func `A redirect that loops leads to itself`() throws {
        var fixture = try Fixture(RegistryBehaviour(redirect: .init(.any, loops: true)))
        var path = fixture.path(.manifest)
        for _ in 0..<5 {
            let answer = try fixture.answer(path)
            #expect(answer.status == .temporaryRedirect)
            path = try #require(answer.headers.first(name: "location"))
            #expect(path == "/crisol-redirect" + fixture.path(.manifest))
        }
    }

    @Test func `A stall before the head holds the requests it is about`() throws {
        var fixture = try Fixture(RegistryBehaviour(stall: .init(.config, .beforeHead, times: 1)))
        #expect(fixture.status(.manifest) == 200)
        #expect(fixture.status(.config) == nil)
        #expect(fixture.status(.config) == 200)
    }

    @Test func `Only content that is sent is planned, and takes the turns`() throws {
        let behaviour = RegistryBehaviour(
            stall: .init(.any, .afterBytes(7), times: 2),
            cut: .init(.layer, after: 5, times: 1),
            slow: .init(.layer, rate: 0)
        )
        var fixture = try Fixture(behaviour)
        let path = fixture.path(.layer)
        #expect(try fixture.answer(path, .HEAD).plan == TransmissionPlan())
        #expect(try fixture.answer(fixture.path(.tags)).plan == TransmissionPlan())
        #expect(try fixture.answer(fixture.path(.blob)).plan == TransmissionPlan())
        #expect(try fixture.answer(path).plan == TransmissionPlan(stallAfter: 7, cutAfter: 5, rate: 1))
        #expect(try fixture.answer(fixture.path(.manifest)).plan == TransmissionPlan(stallAfter: 7))
        #expect(try fixture.answer(path).plan == TransmissionPlan(rate: 1))
    }

    @Test func `A repository never behaves as another was told to`() throws {
        var fixture = try Fixture(RegistryBehaviour(answer: .init(status: 500)))
        let image = fixture.image
        fixture.store.change("c") { $0.add(image, tags: ["one"]) }
        #expect(fixture.status(.manifest) == 500)
        #expect(try fixture.answer("/v2/c/manifests/one").status == .ok)
        #expect(try fixture.answer("/v2/").status == .ok)
    }

    @Test(arguments: [
        ("/v2/a/c/manifests/one", "NAME_UNKNOWN"), ("/v2/a/b/manifests/two", "MANIFEST_UNKNOWN"),
        ("/v2/a/b/blobs/sha256:00", "BLOB_UNKNOWN"), ("/", "UNSUPPORTED"), ("/crisol-redirect/v2/", "UNSUPPORTED"),
        ("/crisol-redirect", "UNSUPPORTED"), ("/v2/A/manifests/one", "UNSUPPORTED"),
    ])
    func `What is not there is answered in the words of the specification`(path: String, code: String) throws {
        var fixture = try Fixture(RegistryBehaviour())
        let answer = try fixture.answer(path)
        #expect(answer.status == .notFound)
        #expect(String(buffer: answer.body.bytes(at: 0, length: 99)).contains(code))
    }

    @Test(arguments: [HTTPMethod.PUT, .POST, .DELETE, .PATCH, .RAW(value: "X")])
    func `Whoever wants more than to read is told that`(method: HTTPMethod) throws {
        var fixture = try Fixture(RegistryBehaviour())
        let answer = try fixture.answer(fixture.path(.manifest), method)
        #expect(answer.status == .methodNotAllowed)
        #expect(answer.headers.first(name: "allow") == "GET, HEAD")
    }
}
