import CRIClient
import Testing

@Suite struct EndpointDiscoveryTests {
    private func find(
        _ environment: [String: String] = [:],
        crictl: EndpointDiscovery.CrictlFile? = nil,
        live: Set<String> = []
    ) throws -> EndpointDiscovery.Found {
        try EndpointDiscovery(environment: environment, crictl: crictl) { live.contains($0) }.find()
    }

    private let containerd = "/run/containerd/containerd.sock"
    private let crio = "/run/crio/crio.sock"

    @Test func `The environment comes first, then crictl's file, then the one socket that answers`() throws {
        let file = EndpointDiscovery.CrictlFile(runtime: "unix:///run/b.sock", image: "unix:///run/c.sock")
        let fromEnvironment = try find(
            ["CONTAINER_RUNTIME_ENDPOINT": "unix:///run/a.sock", "IMAGE_SERVICE_ENDPOINT": "unix:///run/i.sock"],
            crictl: file,
            live: [containerd]
        )
        #expect(fromEnvironment.runtime.path == "/run/a.sock")
        #expect(fromEnvironment.image?.path == "/run/i.sock")
        let fromFile = try find(crictl: file, live: [containerd])
        #expect(fromFile.runtime.path == "/run/b.sock")
        #expect(fromFile.image?.path == "/run/c.sock")
        #expect(fromFile.origin == EndpointDiscovery.crictlPath)
        #expect(try find(live: [crio]).runtime.path == crio)
    }

    @Test func `No socket, or several, is an error that says what to do`() throws {
        #expect(throws: EndpointNotFound(live: [])) { try find() }
        let several = #expect(throws: EndpointNotFound.self) { try find(live: [crio, containerd]) }
        let text = several?.description ?? ""
        #expect(text.contains("unix://\(containerd)"))
        #expect(text.contains("unix://\(crio)"))
        #expect(throws: EndpointError.self) { try find(["CONTAINER_RUNTIME_ENDPOINT": "tcp://1.2.3.4:5"]) }
    }

    @Test func `A socket nobody listens on, or that is none, is not live`() async throws {
        #expect(!EndpointDiscovery.accepts("/nonexistent/x.sock"))
        #expect(!EndpointDiscovery.accepts("/dev/null"))
        #expect(!EndpointDiscovery.accepts(String(repeating: "x", count: 300)))
    }
}
