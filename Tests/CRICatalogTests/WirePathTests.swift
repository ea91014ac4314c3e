import CRICatalog
import SeededRandom
import Testing

@Suite struct WirePathTests {
    @Test(
        "A path is read into its steps",
        arguments: [
            ("config.metadata.name", "RunPodSandboxRequest", ["config", "metadata", "name"], [nil, nil, nil]),
            ("runtime_handler", "RunPodSandboxRequest", ["runtimeHandler"], [nil]),
            ("containers[0].id", "ListContainersResponse", ["containers", "id"], [.index(0), nil]),
            ("containers[-1]", "ListContainersResponse", ["containers"], [.index(-1)]),
            (
                "filter.labelSelector[io.kubernetes.pod.uid]", "ListContainersRequest", ["filter", "labelSelector"],
                [nil, .key("io.kubernetes.pod.uid")]
            ),
            ("status.labels[]", "ContainerStatusResponse", ["status", "labels"], [nil, .key("")]),
            ("status.labels[a[0].b]", "ContainerStatusResponse", ["status", "labels"], [nil, .key("a[0].b")]),
        ] as [(String, String, [String], [WirePath.Step.Item?])]
    )
    func steps(text: String, message: String, fields: [String], items: [WirePath.Step.Item?]) throws {
        let path = try WirePath(text, in: message)
        #expect(path.steps.map(\.field.jsonName) == fields)
        #expect(path.steps.map(\.item) == items)
        #expect(path.description == text)
        #expect(path.message.name == message)
    }

    @Test(
        "A path that names nothing says what does not exist and what was probably meant",
        arguments: [
            ("x", "Nothing", "no message 'Nothing'"),
            (
                "config.metdata.name", "RunPodSandboxRequest",
                "PodSandboxConfig has no field 'metdata' (did you mean metadata?)"
            ),
            ("", "VersionRequest", "VersionRequest has no field ''"),
            ("version.", "VersionRequest", "'' in 'version.': no fields there"),
            ("version.x", "VersionRequest", "'x' in 'version.x': no fields there"),
            ("version[0]", "VersionRequest", "'[0]' in 'version[0]': version is neither a list nor a map"),
            (
                "containers[first].id", "ListContainersResponse",
                "'[first]' in 'containers[first].id': items of containers go by number, from 0 or from -1"
            ),
            (
                "containers.id", "ListContainersResponse",
                "'id' in 'containers.id': containers is a list, name an item of it (containers[0])"
            ),
            ("containers[0", "ListContainersResponse", "Container"),
            ("containers]0[.id", "ListContainersResponse", "ListContainersResponse has no field"),
            ("status.labels[a].b", "ContainerStatusResponse", "'b' in 'status.labels[a].b': no fields there"),
        ]
    )
    func refused(text: String, message: String, reason: String) {
        let error = #expect(throws: WirePathError.self) { try WirePath(text, in: message) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func `Both spellings are one path`() throws {
        #expect(
            try WirePath("pod_sandbox_id", in: "StopPodSandboxRequest")
                == WirePath("podSandboxId", in: "StopPodSandboxRequest")
        )
        #expect(
            try WirePath("podSandboxId", in: "StopPodSandboxRequest")
                != WirePath("podSandboxId", in: "RemovePodSandboxRequest")
        )
    }

    @Test func `Any text is a path or refused`() {
        let letters = Array("config.metdalbs[]0-1\u{e9}")
        for seed in UInt64(0)..<3000 {
            var generator = SeededGenerator(seed: seed)
            let text = String((0..<Int.random(in: 0...24, using: &generator)).map { _ in generator.pick(letters) })
            if let path = try? WirePath(text, in: "RunPodSandboxRequest") { #expect(!path.steps.isEmpty) }
        }
    }
}
