import CRICatalog
import FaultModel
import Testing

struct SubjectTests {
    private let reader = SubjectReader()

    private static let config = """
        {"metadata": {"name": "web-0", "namespace": "default", "uid": "uid-1"}, "labels": {"app": "web"},
         "annotations": {"kubernetes.io/config.source": "file"}}
        """

    private func subject(
        _ method: String,
        _ json: String,
        _ index: ObjectIndex = ObjectIndex()
    ) throws -> Subject {
        let rpc = try rpc(method)
        return try reader.subject(of: rpc, request: try message(rpc.request, json), index: index)
    }

    @Test func `RunPodSandbox names its pod and handler itself`() throws {
        let subject = try subject("RunPodSandbox", #"{"config": \#(Self.config), "runtimeHandler": "kata"}"#)
        #expect(subject.pod?.name == "web-0")
        #expect(subject.pod?.labels == ["app": "web"])
        #expect(subject.pod?.runtimeHandler == "kata")
        #expect(subject.pod?.isStatic == true)
    }

    @Test func `CreateContainer names its container and image, and its pod twice`() throws {
        let json = """
            {"podSandboxId": "p1", "sandboxConfig": \(Self.config),
             "config": {"metadata": {"name": "main"}, "image": {"image": "nginx:1"}}}
            """
        var index = ObjectIndex()
        #expect(try subject("CreateContainer", json).pod?.uid == "uid-1")
        // What the id stands for wins over what stands beside it.
        index.learn(pod: PodIdentity(namespace: "real", name: "real"), id: "p1")
        let known = try subject("CreateContainer", json, index)
        #expect(known.pod?.namespace == "real")
        #expect(known.container == "main")
        #expect(known.image == "nginx:1")
    }

    @Test func `An id that nobody knows is an unknown subject, not the node`() throws {
        let subject = try subject("StopPodSandbox", #"{"podSandboxId": "p9"}"#)
        #expect(subject.unknownID == "p9")
        #expect(!subject.isNode)
    }

    @Test func `PullImage is about a pod when kubelet says which, and about the node otherwise`() throws {
        let pod = try subject("PullImage", #"{"image": {"image": "a:1"}, "sandboxConfig": \#(Self.config)}"#)
        #expect(pod.pod?.name == "web-0")
        #expect(pod.image == "a:1")
        #expect(try subject("PullImage", #"{"image": {"image": "a:1"}}"#).isNode)
    }

    @Test(arguments: ["ListContainers", "Status", "Version", "ImageFsInfo", "GetContainerEvents", "ListImages"])
    func `Calls about the node are known from their name`(method: String) throws {
        #expect(CallFacts(path: try rpc(method).path).subject?.isNode == true)
    }

    @Test(arguments: ["StopContainer", "ExecSync", "PodSandboxStatus", "RestorePod", "CheckpointPod", "PortForward"])
    func `Calls about a pod need their message`(method: String) throws {
        #expect(CallFacts(path: try rpc(method).path).subject == nil)
    }

    @Test func `Bytes that are no request are an error and not a subject`() throws {
        #expect(throws: WireError.self) {
            try reader.subject(of: try rpc("StopContainer"), request: [0x0a, 0xff], index: ObjectIndex())
        }
    }
}

struct ObjectIndexTests {
    @Test func `What RunPodSandbox and CreateContainer answer is known afterwards, until it is removed`() throws {
        var index = ObjectIndex()
        index.learn(
            from: try rpc("RunPodSandbox"),
            request: try message(
                "RunPodSandboxRequest",
                #"{"config": {"metadata": {"name": "web-0", "namespace": "default", "uid": "u"}}, "runtimeHandler": "k"}"#
            ),
            response: try message("RunPodSandboxResponse", #"{"podSandboxId": "p1"}"#)
        )
        index.learn(
            from: try rpc("CreateContainer"),
            request: try message(
                "CreateContainerRequest",
                #"{"podSandboxId": "p1", "config": {"metadata": {"name": "main"}, "image": {"image": "i"}}}"#
            ),
            response: try message("CreateContainerResponse", #"{"containerId": "c1"}"#)
        )
        #expect(index.container("c1")?.pod?.name == "web-0")
        #expect(index.container("c1")?.pod?.runtimeHandler == "k")
        #expect(index.container("c1")?.image == "i")
        index.learn(
            from: try rpc("RemovePodSandbox"),
            request: try message("RemovePodSandboxRequest", #"{"podSandboxId": "p1"}"#),
            response: []
        )
        #expect(index.pod("p1") == nil)
    }

    @Test func `Lists teach what ran before`() throws {
        var index = ObjectIndex()
        index.learn(
            from: try rpc("ListContainers"),
            request: [],
            response: try message(
                "ListContainersResponse",
                """
                {"containers": [{"id": "c1", "podSandboxId": "p1", "metadata": {"name": "main"},
                 "labels": {"io.kubernetes.pod.namespace": "kube-system", "io.kubernetes.pod.name": "dns",
                            "io.kubernetes.pod.uid": "u"}}]}
                """
            )
        )
        #expect(index.container("c1")?.pod?.namespace == "kube-system")
        index.learn(
            from: try rpc("ListPodSandbox"),
            request: [],
            response: try message(
                "ListPodSandboxResponse",
                #"{"items": [{"id": "p1", "metadata": {"name": "dns", "namespace": "kube-system"}, "annotations": {"a": "b"}}]}"#
            )
        )
        // The sandbox itself knows more than its containers' labels.
        #expect(index.container("c1")?.pod?.annotations == ["a": "b"])
    }

    @Test func `Bytes that are no answer teach nothing`() throws {
        var index = ObjectIndex()
        index.learn(from: try rpc("ListContainers"), request: [], response: [0x0a, 0x05, 0x01])
        index.learn(from: try rpc("RunPodSandbox"), request: [0xff], response: [0xff])
        #expect(index.count == 0)
    }

    @Test func `It keeps the newest and forgets the oldest`() {
        var index = ObjectIndex()
        for number in 0..<3 * ObjectIndex.limit {
            index.learn(pod: PodIdentity(namespace: "n", name: "\(number)"), id: "\(number)")
            // One object that is told again and again must neither grow the index nor be forgotten for its age.
            index.learn(pod: .web, id: "always")
        }
        #expect(index.count <= ObjectIndex.limit + 1)
        #expect(index.pod("always") == .web)
        #expect(index.pod("\(3 * ObjectIndex.limit - 1)") != nil)
        #expect(index.pod("0") == nil)
    }

    @Test func `An absurd id is nobody's`() {
        var index = ObjectIndex()
        index.learn(pod: .web, id: "")
        index.learn(pod: .web, id: String(repeating: "x", count: 300))
        #expect(index.count == 0)
    }
}
