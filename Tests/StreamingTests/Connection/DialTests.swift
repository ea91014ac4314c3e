import NIOCore
import Testing

@testable import Streaming

/// Reaching a server: addresses that lead nowhere, TLS, and answers that do not come.
@Suite(.timeLimit(.minutes(10)))
struct DialTests {
    private let output = RemoteCommandStreams(stdout: true)

    /// The error of an exec whose body must not run.
    private func refused(_ url: String, _ options: StreamingOptions = StreamingOptions()) async -> StreamingError? {
        do {
            _ = try await withExec(url: url, streams: output, options: options) { _ in Issue.record("the body ran") }
            Issue.record("no error")
            return nil
        } catch {
            return error as? StreamingError
        }
    }

    private static func hello(_ peer: FakePeer) async throws {
        let spdy = try await FakeSPDY.upgrade(peer)
        try await spdy.accept(2)
        try await spdy.send("hello", on: "stdout", isFinal: true)
        try await spdy.send(success, on: "error", isFinal: true)
        _ = await peer.waitForEnd()
    }

    @Test func `a port where nobody listens`() async throws {
        try await withRefusingPort { port in
            let error = await refused("http://127.0.0.1:\(port)/exec/sekrit99")
            #expect(error?.code == .cannotConnect)
            #expect(error?.message == "cannot connect to 127.0.0.1:\(port): connection refused")
        }
    }

    @Test func `a host that is no name of anything`() async throws {
        let error = await refused(
            "http://no-such-host.invalid:80/exec/sekrit99",
            // Where no name server answers, the resolver takes its time to find that out.
            options { $0.connectTimeout = .seconds(120) }
        )
        #expect(error?.code == .cannotConnect)
        #expect(error?.message == "the host of no-such-host.invalid:80 cannot be resolved")
    }

    @Test func `a text that is no URL`() async throws {
        let error = await refused("unix:///run/sekrit99")
        #expect(error?.code == .badAddress)
        #expect("\(String(describing: error))".contains("sekrit99") == false)
    }

    @Test(arguments: ["//127.0.0.1", "http://0.0.0.0", "http://localhost", "ws://127.0.0.1", "http://user@127.0.0.1"])
    func `odd URLs that lead somewhere are followed`(start: String) async throws {
        try await withFakeServer(Self.hello) { server in
            _ = try await withExec(url: "\(start):\(server.port)/cri/exec/tok12345", streams: output) {
                (session) async throws in
                let text = try await session.stdout?.text()
                #expect(text == "hello")
                #expect(session.negotiation.tls == nil)
                #expect(session.negotiation.address.quirks.isEmpty == (start.hasPrefix("ws")))
            }
        }
    }

    @Test func `an IPv6 address is followed`() async throws {
        try await withFakeServer(host: "::1", Self.hello) { server in
            _ = try await withExec(url: "http://[::1]:\(server.port)/exec/tok12345", streams: output) {
                (session) async throws in
                let text = try await session.stdout?.text()
                #expect(text == "hello")
            }
        }
    }

    @Test(arguments: [
        (CertificatePolicy.reportOnly, "127.0.0.1", false), (.reportOnly, "localhost", false),
        (.authorities(pem: TestCertificate.pem), "localhost", true),
        (.authorities(pem: TestCertificate.pem), "127.0.0.1", true),
    ])
    func `TLS reports what it showed`(policy: CertificatePolicy, host: String, isVerified: Bool) async throws {
        try await withFakeServer(tls: TestCertificate.serverContext(), Self.hello) { server in
            let url = "https://\(host):\(server.port)/exec/tok12345"
            _ = try await withExec(url: url, streams: output, options: options { $0.certificates = policy }) {
                (session) async throws in
                let text = try await session.stdout?.text()
                #expect(text == "hello")
                let tls = try #require(session.negotiation.tls)
                #expect(tls.version == "TLSv1.3")
                #expect(tls.isVerified == isVerified)
                #expect(tls.names == ["localhost", "127.0.0.1"])
                #expect(tls.validity == 1_577_836_800...4_733_510_400)
            }
        }
    }

    @Test func `a certificate of nobody known is refused where that is asked for`() async throws {
        try await withFakeServer(tls: TestCertificate.serverContext(), Self.hello) { server in
            let error = await refused(
                "https://localhost:\(server.port)/exec/tok12345",
                options { $0.certificates = .system }
            )
            #expect(error?.code == .tlsFailed)
            #expect(error?.message == "TLS failed: CERTIFICATE_VERIFY_FAILED")
        }
    }

    @Test func `TLS to a server without it`() async throws {
        try await withFakeServer { peer in
            _ = try await peer.read()
            try await peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            _ = await peer.waitForEnd()
        } client: { server in
            let error = await refused("https://127.0.0.1:\(server.port)/exec/tok12345")
            #expect(error?.code == .tlsFailed)
            #expect(error?.message == "TLS failed: WRONG_VERSION_NUMBER")
        }
    }

    @Test func `authorities that are none`() async throws {
        let error = await refused(
            "https://127.0.0.1:1/exec/tok12345",
            options { $0.certificates = .authorities(pem: "x") }
        )
        #expect(error?.code == .tlsFailed)
    }

    @Test func `a refusal is told with its status and body`() async throws {
        try await withFakeServer { peer in
            try await peer.request()
            try await peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 19\r\n\r\n404 page not found\n")
            _ = await peer.waitForEnd()
        } client: { server in
            let error = await refused(server.url)
            #expect(error?.code == .upgradeRefused)
            #expect(error?.refusal?.status == 404)
            #expect(error?.refusal?.body == "404 page not found\n")
            #expect(error?.message.contains(FakeServer.token) == false)
        }
    }

    @Test func `a body that goes up to the end of the connection is read to there`() async throws {
        try await withFakeServer { peer in
            try await peer.request()
            try await peer.send("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
        } client: { server in
            let error = await refused(server.url)
            #expect(error?.refusal?.body.hasPrefix("Client sent an HTTP request") == true)
            #expect(error?.refusal?.isBodyCut == false)
        }
    }

    @Test(arguments: [
        ("", StreamingError.Code.timedOut), ("HTTP/1.1 101 Switch", .timedOut),
        ("HTTP/1.1 500 E\r\nContent-Length: 9\r\n\r\nabc", .upgradeRefused),
    ])
    func `an answer that does not end is waited for no longer than allowed`(text: String, expected: StreamingError.Code)
        async throws
    {
        try await withFakeServer { peer in
            try await peer.request()
            try await peer.send(text)
            _ = await peer.waitForEnd()
        } client: { server in
            // What came must have come before the time is over, on a busy machine too.
            let timeout = Duration.milliseconds(expected == .upgradeRefused ? 15_000 : 100)
            let error = await refused(server.url, options { $0.upgradeTimeout = timeout })
            #expect(error?.code == expected)
            if expected == .upgradeRefused { #expect(error?.refusal?.isBodyCut == true) }
        }
    }

    @Test(arguments: ["", "HTTP/1.1 101 Switching Proto"])
    func `an answer that is cut off is told`(text: String) async throws {
        try await withFakeServer { peer in
            try await peer.request()
            try await peer.send(text)
        } client: { server in
            let error = await refused(server.url)
            #expect(error?.code == .connectionLost)
            #expect(
                error?.message.contains(text.isEmpty ? "without an answer" : "in the middle of its answer's head")
                    == true
            )
        }
    }

    @Test func `a server that speaks something else is quoted`() async throws {
        try await withFakeServer { peer in
            try await peer.send("SSH-2.0-OpenSSH_9.2 /\(FakeServer.token)\r\n")
            _ = await peer.waitForEnd()
        } client: { server in
            let error = await refused(server.url)
            #expect(error?.code == .upgradeMalformed)
            // A quotation of the request's token is left out of the quotation of the server.
            #expect(error?.message.contains("SSH-2.0-OpenSSH_9.2 /<token>") == true)
        }
    }
}
