import CRICatalog
import FaultModel
import Testing

struct ConnectionRuleTests {
    private static func engine(_ fault: Fault, _ connection: CallFacts.Connection? = nil) -> RuleEngine {
        var engine = RuleEngine()
        _ = engine.arm(FaultRule("r", Match(connection: connection), fault), at: .zero)
        return engine
    }

    static let moments: [(Fault, ConnectionMoment, Bool)] = [
        (.refuse, .accepted, true), (.refuse, .present, false), (.refuse, .identified, false),
        (.blackhole, .accepted, true), (.blackhole, .present, true), (.drop(Drop()), .accepted, false),
        (.drop(Drop()), .present, true), (.goAway(GoAway()), .present, true), (.goAway(GoAway()), .accepted, false),
    ]

    @Test(arguments: moments)
    func `What is new can be refused, what is there can be taken away`(
        fault: Fault,
        moment: ConnectionMoment,
        happens: Bool
    ) {
        var engine = Self.engine(fault)
        let decisions = engine.decide(connection: nil, moment, at: .zero)
        #expect(decisions.map(\.fault) == (happens ? [fault] : []))
    }

    @Test func `What is there when a rule is armed is that rule's matter alone`() {
        var engine = Self.engine(.drop(Drop()))
        _ = engine.arm(FaultRule("other", Match(), .blackhole), at: .zero)
        #expect(engine.decide(connection: nil, .present, at: .zero, only: "other").map(\.rule) == ["other"])
        #expect(engine.reports(at: .zero).map(\.acted) == [0, 1])
    }

    @Test func `A rule about one kind of connection waits until it can be told`() {
        var engine = Self.engine(.blackhole, .image)
        #expect(engine.decide(connection: nil, .accepted, at: .zero).isEmpty)
        #expect(engine.decide(connection: .runtime, .identified, at: .zero).isEmpty)
        #expect(engine.decide(connection: .image, .identified, at: .zero).count == 1)
        #expect(engine.decide(connection: .runtime, .present, at: .zero).isEmpty)
        #expect(engine.decide(connection: .image, .present, at: .zero).count == 1)
        var everywhere = Self.engine(.blackhole)
        // It had its chance when the connection was accepted.
        #expect(everywhere.decide(connection: .image, .identified, at: .zero).isEmpty)
    }

    @Test func `It touches no call, and ends like any other`() throws {
        var engine = Self.engine(.refuse)
        #expect(engine.decide(try call("StopContainer", pod: .web), at: .zero) == .pass)
        #expect(engine.decide(connection: nil, .accepted, at: FaultRule.defaultTTL).isEmpty)
    }

    @Test func `A rule that names calls is about calls, whatever its fault`() throws {
        var engine = RuleEngine()
        _ = engine.arm(FaultRule("r", Match(methods: ["Stop*"]), .drop(Drop())), at: .zero)
        #expect(engine.decide(connection: nil, .present, at: .zero).isEmpty)
        guard case .act = engine.decide(try call("StopContainer", pod: .web), at: .zero) else {
            Issue.record("nothing happened")
            return
        }
    }
}

struct ItemProtectionTests {
    private static let systemPod = #"{"id": "p1", "metadata": {"name": "dns", "namespace": "kube-system"}}"#
    private static let systemContainer =
        #"{"id": "c1", "podSandboxId": "p9", "labels": {"io.kubernetes.pod.namespace": "kube-system", "io.kubernetes.pod.name": "dns"}}"#

    private static func spares(_ message: String, _ json: String, _ match: Match = Match()) throws -> Bool {
        ItemProtection(ObjectIndex(), Protection()).spares(
            message,
            try FaultModelTests.message(message, json),
            from: match
        )
    }

    @Test func `Items of protected pods are spared unless the rule names their namespace`() throws {
        #expect(try Self.spares("PodSandbox", Self.systemPod))
        #expect(try Self.spares("Container", Self.systemContainer))
        #expect(try !Self.spares("PodSandbox", Self.systemPod, Match(namespaces: ["kube-system"])))
        #expect(try !Self.spares("PodSandbox", #"{"id": "p", "metadata": {"name": "a", "namespace": "b"}}"#))
    }

    @Test func `An item whose pod nobody knows is spared, one that stands for no pod is not`() throws {
        #expect(try Self.spares("Container", #"{"id": "c"}"#))
        #expect(try Self.spares("ContainerStats", #"{"attributes": {"id": "c"}}"#))
        #expect(try !Self.spares("RuntimeCondition", #"{"type": "NetworkReady"}"#))
    }

    private static let labels =
        #""labels": {"io.kubernetes.pod.namespace": "default", "io.kubernetes.pod.name": "etcd-node1", "io.kubernetes.pod.uid": "s"}"#

    /// Whether a pod is a static one stands in its annotations, which its containers do not have.
    @Test(arguments: [
        ("Container", #"{"id": "c", "podSandboxId": "p9", \#(labels)}"#),
        ("ContainerStats", #"{"attributes": {"id": "c", \#(labels)}}"#),
        ("PodSandboxStats", #"{"attributes": {"id": "p9", \#(labels)}}"#),
    ])
    func `An item of a pod that only labels tell of is spared unless the rule names the pod`(
        message: String,
        json: String
    ) throws {
        #expect(try Self.spares(message, json))
        #expect(try Self.spares(message, json, Match(namespaces: ["default"], pods: ["etcd-*"])))
        #expect(try !Self.spares(message, json, Match(pods: ["etcd-node1"])))
        #expect(try !Self.spares(message, json, Match(uids: ["s"])))
        let item = try FaultModelTests.message(message, json)
        let protection = Protection(coversStaticPods: false)
        #expect(!ItemProtection(ObjectIndex(), protection).spares(message, item, from: Match()))
    }

    @Test func `The index tells whose the statistics of a container are, and the annotations whose a pod's are`() throws
    {
        var index = ObjectIndex()
        index.learn(container: .init(name: "main", podID: "p1"), id: "c")
        let item = try message("ContainerStats", #"{"attributes": {"id": "c", \#(Self.labels)}}"#)
        index.learn(pod: .web, id: "p1")
        #expect(!ItemProtection(index, Protection()).spares("ContainerStats", item, from: Match()))
        let etcd = PodIdentity(
            namespace: "default",
            name: "etcd-node1",
            annotations: ["kubernetes.io/config.source": "file"]
        )
        index.learn(pod: etcd, id: "p1")
        #expect(ItemProtection(index, Protection()).spares("ContainerStats", item, from: Match()))
        for (source, isSpared) in [("api", false), ("file", true)] {
            let annotations = #""annotations": {"kubernetes.io/config.source": "\#(source)"}"#
            let json = #"{"attributes": {"id": "p9", \#(Self.labels), \#(annotations)}}"#
            #expect(try Self.spares("PodSandboxStats", json) == isSpared)
        }
    }

    @Test func `The index knows the pod of a container without labels`() throws {
        var index = ObjectIndex()
        index.learn(pod: .web, id: "p1")
        let item = try message("Container", #"{"id": "c", "podSandboxId": "p1"}"#)
        #expect(!ItemProtection(index, Protection()).spares("Container", item, from: Match()))
    }
}
