import CRICatalog
import FaultModel
import Testing

/// relay-contract 17 and 18, the model's part.
struct ProtectionTests {
    private static let dns = PodIdentity(namespace: "kube-system", name: "dns", uid: "u")
    private static let manifest = PodIdentity(
        namespace: "default",
        name: "etcd-node1",
        uid: "s",
        annotations: ["kubernetes.io/config.source": "file"]
    )

    private static func isHit(_ match: Match, _ subject: Subject) throws -> Bool {
        var engine = RuleEngine()
        _ = engine.arm(FaultRule("r", match, .late), at: .zero)
        let facts = CallFacts(path: try rpc("StopPodSandbox").path, request: .message([]), subject: subject)
        if case .act = engine.decide(facts, at: .zero) { return true }
        return false
    }

    @Test func `kube-system is left alone unless a rule names it`() throws {
        let subject = Subject(pod: Self.dns)
        #expect(try !Self.isHit(Match(), subject))
        #expect(try !Self.isHit(Match(namespaces: ["kube-*"]), subject))
        #expect(try !Self.isHit(Match(namespaces: ["*"], pods: ["dns"]), subject))
        #expect(try Self.isHit(Match(namespaces: ["kube-system"]), subject))
    }

    @Test func `A static pod is left alone unless a rule names it`() throws {
        let subject = Subject(pod: Self.manifest)
        #expect(try !Self.isHit(Match(namespaces: ["default"]), subject))
        #expect(try !Self.isHit(Match(pods: ["etcd-*"]), subject))
        #expect(try Self.isHit(Match(pods: ["etcd-node1"]), subject))
        #expect(try Self.isHit(Match(uids: ["s"]), subject))
    }

    @Test func `A pod that only its container's labels tell of may be a static one`() throws {
        var index = ObjectIndex()
        index.learn(
            from: try rpc("ListContainers"),
            request: [],
            response: try message(
                "ListContainersResponse",
                """
                {"containers": [{"id": "c1", "podSandboxId": "p1", "metadata": {"name": "main"},
                 "labels": {"io.kubernetes.pod.namespace": "default", "io.kubernetes.pod.name": "etcd-node1",
                            "io.kubernetes.pod.uid": "s"}}]}
                """
            )
        )
        let rpc = try rpc("StopContainer")
        let request = try message("StopContainerRequest", #"{"containerId": "c1"}"#)
        let subject = try SubjectReader().subject(of: rpc, request: request, index: index)
        #expect(try !Self.isHit(Match(namespaces: ["default"]), subject))
        #expect(try Self.isHit(Match(pods: ["etcd-node1"]), subject))
        // Its sandbox tells.
        index.learn(pod: PodIdentity(namespace: "default", name: "etcd-node1", uid: "s"), id: "p1")
        let known = try SubjectReader().subject(of: rpc, request: request, index: index)
        #expect(try Self.isHit(Match(namespaces: ["default"]), known))
    }

    @Test func `An id that nobody knows is left alone and counted`() throws {
        var engine = RuleEngine()
        _ = engine.arm(FaultRule("r", Match(includesNodeCalls: true), .late), at: .zero)
        let facts = CallFacts(
            path: try rpc("StopPodSandbox").path,
            request: .message([]),
            subject: Subject(unknownID: "p9")
        )
        #expect(engine.decide(facts, at: .zero) == .pass)
        #expect(engine.reports(at: .zero)[0].refusals == ["unmatched-id": 1])
    }

    @Test func `Without protection every id and every pod is hit`() throws {
        for subject in [
            Subject(unknownID: "p9"), Subject(pod: Self.manifest),
            Subject(pod: PodIdentity(namespace: "kube-system", name: "dns")),
        ] {
            var engine = RuleEngine(protection: .none)
            let isArmed = engine.arm(FaultRule("r", Match(methods: ["StopPodSandbox"]), .late), at: .zero)
            #expect(isArmed)
            let facts = CallFacts(path: try rpc("StopPodSandbox").path, request: .message([]), subject: subject)
            guard case .act(let decisions) = engine.decide(facts, at: .zero) else {
                Issue.record("\(subject) was spared")
                continue
            }
            #expect(decisions.map(\.fault) == [.late])
        }
    }

    @Test func `An ordinary pod is not protected, nor is one whose source is the API`() throws {
        #expect(try Self.isHit(Match(), Subject(pod: .web)))
    }
}
