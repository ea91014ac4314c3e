import Crypto
import Foundation
import Testing

@testable import TestImages

/// The registry behind TLS, with curl as the one who verifies.
@Suite(.timeLimit(.minutes(10))) struct TLSTests {
    /// Runs curl against a registry with this certificate, which is asked for `/v2/`.
    private static func curl(
        _ identity: ServerIdentity,
        trusting authority: CertificateAuthority?,
        host: String = "127.0.0.1",
        listening: String = "127.0.0.1",
        _ arguments: [String] = []
    ) async throws -> ToolRun {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString).pem")
        try Data((authority?.certificatePEM ?? "").utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await withRegistry(listeners: [.tls(.address("\(listening):0"), identity)]) { registry in
            let port = registry.address.split(separator: ":").last ?? ""
            let trust = authority == nil ? [] : ["--cacert", file.path]
            return try await ToolRun(
                "curl",
                ["-sS", "--resolve", "other:\(port):127.0.0.1"] + trust + arguments + ["https://\(host):\(port)/v2/"]
            )
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `Who trusts the authority is served, by address and by name`(host: String) async throws {
        let authority = try CertificateAuthority()
        let run = try await Self.curl(try authority.identity(), trusting: authority, host: host)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.text == "{}")
    }

    @Test func `A certificate holds for IPv6 addresses and other names too`() async throws {
        let authority = try CertificateAuthority()
        let identity = try authority.identity(for: ["::1", "other"])
        let named = try await Self.curl(identity, trusting: authority, host: "other")
        #expect(named.status == 0, "\(named.errors)")
        let address = try await Self.curl(identity, trusting: authority, host: "[::1]", listening: "[::1]")
        #expect(address.status == 0, "\(address.errors)")
    }

    /// What keeps a client from trusting a certificate.
    enum Flaw: CaseIterable { case otherAuthority, publicTrust, otherName, expired, future }

    @Test(arguments: Flaw.allCases)
    func `A certificate that is wrong is refused`(flaw: Flaw) async throws {
        let authority = try CertificateAuthority()
        let run =
            switch flaw {
            case .otherAuthority:
                try await Self.curl(try CertificateAuthority().identity(), trusting: authority)
            case .publicTrust: try await Self.curl(try authority.identity(), trusting: nil)
            case .otherName: try await Self.curl(try authority.identity(for: ["localhost"]), trusting: authority)
            case .expired:
                try await Self.curl(
                    try authority.identity(for: ["127.0.0.1"], .expired),
                    trusting: authority
                )
            case .future:
                try await Self.curl(
                    try authority.identity(for: ["127.0.0.1"], .future),
                    trusting: authority
                )
            }
        // CURLE_PEER_FAILED_VERIFICATION
        #expect(run.status == 60, "\(run.errors)")
    }

    @Test(arguments: ["--http2", "--http1.1"])
    func `Clients that would rather speak HTTP 2 speak HTTP 1`(version: String) async throws {
        let authority = try CertificateAuthority()
        let run = try await Self.curl(
            try authority.identity(),
            trusting: authority,
            [version, "-o", "/dev/null", "-w", "%{http_version}"]
        )
        #expect(run.text == "1.1")
    }

    @Test func `Plain and TLS listeners serve and misbehave alike, and challenge with their own scheme`() async throws {
        let authority = try CertificateAuthority()
        let image = try ImageBuilder.build(RegistryFixture.recipe, agent: RegistryFixture.agent)
        let listeners: [RegistryListener] = [
            .address("127.0.0.1:0"), .tls(.address("127.0.0.1:0"), try authority.identity()),
        ]
        try await withRegistry(listeners: listeners) { registry in
            #expect(registry.address == registry.addresses[0])
            registry.serve(image, repository: "a", tags: ["one"])
            let layer = image.layers[1]
            let path = "/v2/a/blobs/\(layer.digest)"
            for (scheme, address) in [("http", registry.addresses[0]), ("https", registry.addresses[1])] {
                registry.behave(RegistryBehaviour(), repository: "a")
                let whole = try await ToolRun("curl", ["-ksS", "\(scheme)://\(address)\(path)"])
                #expect(whole.output == layer.bytes)
                registry.behave(RegistryBehaviour(cut: .init(.layer, after: 70_000)), repository: "a")
                let cut = try await ToolRun("curl", ["-ksS", "\(scheme)://\(address)\(path)"])
                #expect(cut.status == 18)
                #expect(cut.output.count == 70_000)
                registry.behave(RegistryBehaviour(authentication: .init(.bearer, accepted: [])), repository: "a")
                let refused = try await ToolRun("curl", ["-ksSI", "\(scheme)://\(address)\(path)"])
                #expect(refused.text.contains("realm=\"\(scheme)://\(address)/crisol-token\""))
            }
        }
    }

    @Test func `A client that speaks no TLS gets nothing, and the next is served`() async throws {
        let authority = try CertificateAuthority()
        try await withRegistry(listeners: [.tls(.address("127.0.0.1:0"), try authority.identity())]) { registry in
            try await withWire(registry.address) { wire in
                try await wire.send("GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n")
                let bytes = (try? await wire.rest()) ?? []
                #expect(!String(decoding: bytes, as: UTF8.self).contains("HTTP/1.1"))
            }
            let run = try await ToolRun("curl", ["-ksS", "https://\(registry.address)/v2/"])
            #expect(run.text == "{}")
        }
    }

    @Test func `The authorities between a certificate and the one trusted are served with it`() async throws {
        let authority = try CertificateAuthority()
        let alone = try authority.identity()
        let key = P256.Signing.PrivateKey().pemRepresentation
        #expect(throws: RegistryError.self) {
            try ServerIdentity(certificatePEM: alone.certificatePEM, privateKeyPEM: key).check()
        }
        for text in ["", "no certificate", authority.certificatePEM + "-----BEGIN CERTIFICATE-----\nAA"] {
            let broken = ServerIdentity(certificatePEM: text, privateKeyPEM: alone.keyPEM)
            #expect(throws: RegistryError.self, "\(text)") { try broken.check() }
        }
        let chain = ServerIdentity(
            certificatePEM: alone.certificatePEM + "\n" + authority.certificatePEM,
            privateKeyPEM: alone.keyPEM
        )
        try chain.check()
        for (identity, count) in [(alone, "1"), (chain, "2")] {
            let run = try await Self.curl(identity, trusting: authority, ["-o", "/dev/null", "-w", "%{num_certs}"])
            #expect(run.text == count, "\(run.errors)")
        }
    }

    @Test func `The private key is not shown`() throws {
        let identity = try CertificateAuthority().identity()
        var dumped = ""
        dump(identity, to: &dumped)
        for text in [dumped, "\(identity)", String(reflecting: RegistryListener.tls(.address(""), identity))] {
            #expect(!text.contains("PRIVATE KEY"))
        }
        #expect(identity.certificatePEM.hasPrefix("-----BEGIN CERTIFICATE-----"))
    }
}
