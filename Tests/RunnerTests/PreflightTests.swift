import Testing

@testable import Runner

@Suite struct PreflightTests {
    @Test(
        "What speaks of the way to a registry is a matter of set-up",
        arguments: [
            "http: server gave HTTP response to HTTPS client",
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
            "dial tcp 127.0.0.1:5000: connect: connection refused", "dial tcp 10.0.0.1:5000: i/o timeout",
        ]
    )
    func setUp(message: String) { #expect(Preflight.isSetUp("PullImage x answered UNKNOWN: \(message)")) }

    @Test(
        "What speaks of the image is the runtime's doing",
        arguments: ["failed to extract layer sha256:abc", "no space left on device", "not implemented", ""]
    )
    func runtime(message: String) { #expect(!Preflight.isSetUp("PullImage x answered UNKNOWN: \(message)")) }

    @Test(
        "The advice is in the runtime's own words",
        arguments: [
            ("cri-o", "registries.conf.d"), ("docker", "daemon.json"), ("containerd", "hosts.toml"),
            ("x", "hosts.toml"),
        ]
    )
    func advice(runtime: String, words: String) {
        let text = RegistryAdvice.text(for: runtime, registry: "127.0.0.1:5555")
        #expect(text.contains(words))
        #expect(text.contains("127.0.0.1:5555"))
    }
}
