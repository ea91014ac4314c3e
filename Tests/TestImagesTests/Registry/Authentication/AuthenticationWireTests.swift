import Foundation
import Testing

@testable import TestImages

/// Pulls that have to prove who they are, with curl in the place of a runtime.
@Suite(.timeLimit(.minutes(10))) struct AuthenticationWireTests {
    /// What curl got.
    private struct Answer {
        let status: Int
        let body: [UInt8]
        let headers: String

        init(_ arguments: [String]) async throws {
            let run = try await ToolRun("curl", ["-sS", "-D", "/dev/stderr"] + arguments)
            body = run.output
            headers = run.errors
            status = Int(run.errors.split(separator: " ").dropFirst().first ?? "") ?? 0
        }

        /// A parameter of the bearer challenge.
        func parameter(_ name: String) throws -> String {
            let parts = headers.components(separatedBy: "\(name)=\"")
            return try #require(parts.count == 2 ? parts[1].components(separatedBy: "\"").first : nil)
        }

        func token() throws -> String {
            struct Token: Decodable { let token, access_token: String }
            let token = try JSONDecoder().decode(Token.self, from: Data(body))
            #expect(token.token == token.access_token)
            return token.token
        }
    }

    private static func demand(
        _ scheme: RegistryAuthentication.Scheme,
        _ accepted: RegistryCredential
    ) -> RegistryBehaviour {
        RegistryBehaviour(authentication: .init(scheme, accepted: [accepted]))
    }

    @Test func `Basic credentials open what is closed without them`() async throws {
        let demand = Self.demand(.basic, .password(username: "u", password: "s3cret"))
        try await RegistryFixture.with(demand) { fixture async throws in
            let url = "http://\(fixture.registry.address)\(fixture.layerPath)"
            let none = try await Answer([url])
            #expect(none.status == 401)
            #expect(none.headers.lowercased().contains("www-authenticate: basic realm="))
            #expect(try await Answer(["-u", "u:wrong", url]).status == 401)
            let right = try await Answer(["-u", "u:s3cret", url])
            #expect(right.status == 200)
            #expect(right.body == fixture.layer.bytes)
            // curl itself reacts to the challenge.
            let challenged = try await ToolRun("curl", ["-sSf", "--anyauth", "-u", "u:s3cret", url])
            #expect(challenged.output == fixture.layer.bytes)
            try await fixture.untilLast(.done)
            #expect(fixture.requests.map(\.status) == [401, 401, 200, 401, 200])
            #expect(fixture.requests.map(\.authorization) == [nil, .basic, .basic, nil, .basic])
            #expect(!String(reflecting: fixture.requests).contains("s3cret"))
        }
    }

    @Test func `A challenge leads to a token, and the token to the image`() async throws {
        let demand = Self.demand(.bearer, .password(username: "u", password: "s3cret"))
        try await RegistryFixture.with(demand) { fixture async throws in
            let url = "http://\(fixture.registry.address)\(fixture.manifestPath)"
            let challenge = try await Answer([url])
            #expect(challenge.status == 401)
            let realm = try challenge.parameter("realm")
            #expect(realm == "http://\(fixture.registry.address)/crisol-token")
            let (service, scope) = (try challenge.parameter("service"), try challenge.parameter("scope"))
            let place = "\(realm)?service=\(service)&scope=\(scope)"
            #expect(try await Answer([place]).status == 401)
            #expect(try await Answer(["-u", "u:wrong", place]).status == 401)
            // With GET, and with the form containerd tries first.
            let form = [
                "-d", "grant_type=password&username=u&password=s3cret&service=\(service)&scope=\(scope)", realm,
            ]
            for arguments in [["-u", "u:s3cret", place], form] {
                let token = try await Answer(arguments).token()
                let manifest = try await Answer(["-H", "Authorization: Bearer \(token)", url])
                #expect(manifest.body == fixture.image.manifest.bytes)
            }
            #expect(try await Answer(["-H", "Authorization: Bearer nonsense", url]).status == 401)
            #expect(try await Answer(["-u", "u:s3cret", url]).status == 401)
            let requests = fixture.requests
            #expect(requests.map(\.kind).count { $0 == .token } == 4)
            #expect(requests.filter { $0.kind == .token }.allSatisfy { $0.path == "/crisol-token" })
            #expect(requests.count { $0.kind == .manifest && $0.authorization == .bearer && $0.status == 200 } == 2)
            #expect(!String(reflecting: requests).contains("s3cret"))
            #expect(!String(reflecting: requests).contains("crisol~"))
        }
    }

    @Test func `An identity token is exchanged for a bearer token`() async throws {
        try await RegistryFixture.with(Self.demand(.bearer, .identityToken("t0ken"))) { fixture async throws in
            let url = "http://\(fixture.registry.address)\(fixture.manifestPath)"
            let realm = try await Answer([url]).parameter("realm")
            func form(_ token: String) -> [String] {
                ["-d", "grant_type=refresh_token&refresh_token=\(token)&service=crisol&client_id=x"]
                    + ["-d", "scope=repository:\(RegistryFixture.repository):pull", realm]
            }
            #expect(try await Answer(form("wrong")).status == 401)
            let token = try await Answer(form("t0ken")).token()
            #expect(try await Answer(["-H", "Authorization: Bearer \(token)", url]).status == 200)
            // It is not itself a bearer token.
            #expect(try await Answer(["-H", "Authorization: Bearer t0ken", url]).status == 401)
        }
    }

    @Test func `A registry token is the bearer token`() async throws {
        try await RegistryFixture.with(Self.demand(.bearer, .registryToken("r3gistry"))) { fixture async throws in
            let url = "http://\(fixture.registry.address)\(fixture.manifestPath)"
            #expect(try await Answer(["-H", "Authorization: Bearer r3gistry", url]).status == 200)
            #expect(try await Answer(["-H", "Authorization: Bearer other", url]).status == 401)
        }
    }

    @Test func `Anonymous clients get a token for what everybody may have`() async throws {
        let open = RegistryBehaviour(authentication: .init(.bearer, accepted: [], allowsAnonymous: true))
        try await RegistryFixture.with(open) { fixture async throws in
            let url = "http://\(fixture.registry.address)\(fixture.manifestPath)"
            let challenge = try await Answer([url])
            #expect(challenge.status == 401)
            let scope = try challenge.parameter("scope")
            let place = try challenge.parameter("realm") + "?scope=" + scope
            let token = try await Answer([place]).token()
            #expect(try await Answer(["-H", "Authorization: Bearer \(token)", url]).status == 200)
            #expect(try await Answer(["-u", "u:p", place]).status == 401)
        }
    }

    @Test func `Changed credentials hold at once`() async throws {
        try await RegistryFixture.with(Self.demand(.basic, .password(username: "u", password: "old"))) {
            fixture async throws in
            let url = "http://\(fixture.registry.address)\(fixture.manifestPath)"
            #expect(try await Answer(["-u", "u:old", url]).status == 200)
            fixture.behave(Self.demand(.basic, .password(username: "u", password: "new")))
            #expect(try await Answer(["-u", "u:old", url]).status == 401)
            #expect(try await Answer(["-u", "u:new", url]).status == 200)
            fixture.behave(RegistryBehaviour())
            #expect(try await Answer([url]).status == 200)
        }
    }

    @Test func `Credentials and forms beyond their bounds are refused as such`() async throws {
        try await RegistryFixture.with(Self.demand(.bearer, .identityToken("t"))) { fixture async throws in
            let url = "http://\(fixture.registry.address)"
            let long = "Authorization: Bearer " + String(repeating: "x", count: AuthorizationHeader.limit)
            for path in [fixture.manifestPath, "/v2/", "/crisol-token"] {
                #expect(try await Answer(["-H", long, url + path]).status == 431)
            }
            let form = "grant_type=refresh_token&refresh_token=" + String(repeating: "x", count: 20_000)
            #expect(try await Answer(["-d", form, url + "/crisol-token"]).status == 413)
        }
    }
}
