import NIOCore
import NIOHTTP1
import Testing

@testable import TestImages

@Suite struct AccessDecisionTests {
    private static let secrets: Set<RegistryCredential> = [
        .password(username: "u", password: "p"), .identityToken("t0ken"), .registryToken("r3gistry"),
    ]
    /// "u:p", "u:wrong"
    private static let (right, wrong) = ("Basic dTpw", "Basic dTp3cm9uZw==")

    private static func store(_ demands: [String: RegistryAuthentication?]) -> RegistryStore {
        var store = RegistryStore()
        for (name, demand) in demands {
            store.change(name) { $0.behave(RegistryBehaviour(authentication: demand)) }
        }
        return store
    }

    /// Asks a store, with a form it is POST.
    private static func ask(
        _ store: inout RegistryStore,
        _ path: String,
        _ authorization: String? = nil,
        form: String? = nil
    ) throws -> RegistryAnswer {
        var head = HTTPRequestHead(version: .http1_1, method: form == nil ? .GET : .POST, uri: path)
        head.headers.add(name: "host", value: "registry:5000")
        if let authorization { head.headers.add(name: "authorization", value: authorization) }
        let decision = store.decide(RegistryQuery(head, body: ByteBuffer(string: form ?? "")))
        guard case .answer(let answer) = decision else { throw CancellationError() }
        return answer
    }

    @Test(arguments: [
        (RegistryAuthentication.Scheme.basic, false, nil, UInt(401)), (.basic, false, right, 200),
        (.basic, false, wrong, 401), (.basic, false, "Basic Og==", 401), (.basic, false, "Bearer r3gistry", 401),
        (.basic, false, "Basic *", 401), (.basic, true, nil, 200), (.basic, true, "Basic Og==", 200),
        (.basic, true, wrong, 401), (.bearer, false, nil, 401), (.bearer, false, right, 401),
        (.bearer, false, "Bearer r3gistry", 200), (.bearer, false, "Bearer t0ken", 401), (.bearer, true, nil, 401),
        (.bearer, true, "Bearer wrong", 401),
    ])
    func `A repository serves who proves himself as it wants`(
        scheme: RegistryAuthentication.Scheme,
        anonymous: Bool,
        authorization: String?,
        status: UInt
    ) throws {
        let demand = RegistryAuthentication(scheme, accepted: Self.secrets, allowsAnonymous: anonymous)
        var store = Self.store(["a/b": demand, "open": nil])
        let answer = try Self.ask(&store, "/v2/a/b/tags/list", authorization)
        #expect(answer.status.code == status)
        #expect((answer.headers.first(name: "www-authenticate") != nil) == (status == 401))
        // What is not there is nobody's business without credentials.
        #expect(try Self.ask(&store, "/v2/a/b/manifests/x", authorization).status.code == (status == 200 ? 404 : 401))
        // Others do not mind.
        #expect(try Self.ask(&store, "/v2/open/tags/list", authorization).status == .ok)
    }

    @Test func `A challenge says where a token is to be had and for what`() throws {
        var store = Self.store(["a/b": .init(.bearer, accepted: Self.secrets), "c": .init(.bearer, accepted: [])])
        let challenge =
            "Bearer realm=\"http://registry:5000/crisol-token\",service=\"crisol\",scope=\"repository:a/b:pull\""
        let other = store.issuer.token(for: ["c"])
        for (authorization, expected) in [
            (nil, challenge), ("Bearer nonsense", challenge + ",error=\"invalid_token\""),
            ("Bearer " + other, challenge + ",error=\"insufficient_scope\""),
        ] {
            let answer = try Self.ask(&store, "/v2/a/b/manifests/x", authorization)
            #expect(answer.status == .unauthorized)
            #expect(answer.headers["www-authenticate"] == [expected])
        }
        let token = store.issuer.token(for: ["c", "a/b"])
        #expect(try Self.ask(&store, "/v2/a/b/manifests/x", "Bearer " + token).status == .notFound)
        store = Self.store(["a/b": .init(.basic, accepted: Self.secrets)])
        let basic = try Self.ask(&store, "/v2/a/b/manifests/x").headers["www-authenticate"]
        #expect(basic == ["Basic realm=\"crisol\""])
    }

    @Test func `A token is for what the credentials allow, and only with such`() throws {
        var store = Self.store([
            "a/b": .init(.bearer, accepted: Self.secrets),
            "c": .init(.bearer, accepted: [.password(username: "x", password: "y")]),
            "free": .init(.bearer, accepted: [], allowsAnonymous: true), "open": nil,
        ])
        let path = "/crisol-token?service=crisol&scope=repository:"
        let form = "grant_type=password&username=u&password=p&scope=repository:"
        let refresh = "grant_type=refresh_token&refresh_token=t0ken&scope=repository:"
        for (path, authorization, form, expected) in [
            (path + "a/b:pull", Self.right, nil, ["a/b"]), (path + "a/b:pull", Self.wrong, nil, nil),
            (path + "a/b:pull", nil, nil, nil), (path + "nowhere:pull", Self.right, nil, nil),
            (path + "free:pull", nil, nil, ["free"]), (path + "free:pull", Self.wrong, nil, nil),
            (path + "open:pull", nil, nil, ["open"]),
            (path + "a/b:pull&scope=repository:c:pull", Self.right, nil, ["a/b"]),
            ("/crisol-token", nil, form + "a/b:pull", ["a/b"]), ("/crisol-token", nil, form + "c:pull", nil),
            ("/crisol-token", nil, refresh + "a/b:pull", ["a/b"]), ("/crisol-token", nil, refresh + "c:pull", nil),
            ("/crisol-token", nil, refresh + "a/b:pull+repository:open:pull", ["a/b", "open"]),
            // Without a scope: are they any good?
            ("/crisol-token", Self.right, nil, []),
        ] as [(String, String?, String?, Set<String>?)] {
            let answer = try Self.ask(&store, path, authorization, form: form)
            #expect(answer.status == (expected == nil ? .unauthorized : .ok), "\(path) \(form ?? "")")
            #expect(answer.kind == .token)
            guard let expected else { continue }
            let text = String(buffer: answer.body.bytes(at: 0, length: answer.body.count))
            let token = try #require(text.split(separator: "\"").first { $0.hasPrefix("crisol~") })
            #expect(store.issuer.repositories(of: String(token)) == expected)
        }
        store = Self.store(["a/b": .init(.bearer, accepted: Self.secrets)])
        #expect(try Self.ask(&store, "/crisol-token", Self.wrong).status == .unauthorized)
        let mistake = try Self.ask(&store, "/crisol-token", form: "grant_type=x")
        #expect(mistake.status == .badRequest)
    }

    @Test func `The base path challenges with every scheme that some repository wants`() throws {
        var store = Self.store(["open": nil])
        #expect(try Self.ask(&store, "/v2/").status == .ok)
        let bearer = "Bearer realm=\"http://registry:5000/crisol-token\",service=\"crisol\""
        store = Self.store(["open": nil, "a": .init(.bearer, accepted: Self.secrets)])
        #expect(try Self.ask(&store, "/v2/").headers["www-authenticate"] == [bearer])
        for token in [store.issuer.token(for: []), store.issuer.token(for: ["open"]), "r3gistry"] {
            #expect(try Self.ask(&store, "/v2/", "Bearer " + token).status == .ok)
        }
        #expect(try Self.ask(&store, "/v2/", Self.right).status == .unauthorized)
        store.change("b") { $0.behave(RegistryBehaviour(authentication: .init(.basic, accepted: Self.secrets))) }
        #expect(try Self.ask(&store, "/v2/").headers["www-authenticate"] == [bearer, "Basic realm=\"crisol\""])
        #expect(try Self.ask(&store, "/v2/", Self.right).status == .ok)
        #expect(try Self.ask(&store, "/v2/", Self.wrong).status == .unauthorized)
    }

    @Test func `A fault comes before the question who asks, also at the token endpoint`() throws {
        var store = Self.store([:])
        store.change("a") {
            $0.behave(
                RegistryBehaviour(
                    authentication: .init(.bearer, accepted: Self.secrets),
                    answer: .init(status: 503, times: 2)
                )
            )
        }
        #expect(try Self.ask(&store, "/v2/a/tags/list").status == .serviceUnavailable)
        let token = "/crisol-token?scope=repository:a:pull"
        #expect(try Self.ask(&store, token, Self.right).status == .serviceUnavailable)
        #expect(try Self.ask(&store, token, Self.right).status == .ok)
    }

    @Test(arguments: ["registry:5000/x", "a\"b", "a b", "", "ü", String(repeating: "a", count: 256)])
    func `A client that calls the registry something strange is sent to its address`(host: String) {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v2/")
        head.headers.add(name: "host", value: host)
        #expect(RegistryQuery(head, isSecure: true, address: "127.0.0.1:1").origin == "https://127.0.0.1:1")
    }

    @Test func `No secret is shown by what holds it`() {
        let behaviour = RegistryBehaviour(authentication: .init(.bearer, accepted: Self.secrets))
        var dumped = ""
        dump(behaviour, to: &dumped)
        for text in [dumped, "\(behaviour)", String(reflecting: behaviour)] {
            for secret in ["\"p\"", "t0ken", "r3gistry"] { #expect(!text.contains(secret)) }
            #expect(text.contains("identity token"))
        }
    }
}
