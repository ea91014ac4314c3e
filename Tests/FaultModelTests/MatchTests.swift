import CRICatalog
import FaultModel
import Testing

struct MatchTests {
    @Test func `An empty match takes every call that names a pod and none that does not`() throws {
        #expect(Match().evaluate(try call("StopContainer", pod: .web)) == .matches)
        #expect(Match().evaluate(try call("ListContainers")) == .differs(.scope))
        #expect(Match(includesNodeCalls: true).evaluate(try call("ListContainers")) == .matches)
    }

    static let differences: [(Match, Match.Criterion)] = [
        (Match(services: ["ImageService"]), .service),
        (Match(methods: ["Stop*", "List*"]), .method),
        (Match(metadata: [.init("X-Trace", "b*")]), .metadata),
        (Match(connection: .image), .connection),
        (Match(fields: [.init("runtimeHandler", "gvisor")]), .field),
        (Match(fields: [.init("config.noSuchField", "*")]), .field),
        (Match(namespaces: ["prod-*"]), .namespace),
        (Match(pods: ["db-*"]), .pod),
        (Match(uids: ["other"]), .uid),
        (Match(labels: ["app": "web", "tier": "back"]), .labels),
        (Match(labels: ["nothing": "*"]), .labels),
        (Match(annotations: ["note": "y"]), .annotations),
        (Match(runtimeHandlers: ["kata"]), .runtimeHandler),
        (Match(containers: ["main"]), .container),
        (Match(images: ["*"]), .image),
    ]

    @Test(arguments: differences)
    func `What does not hold is named`(match: Match, criterion: Match.Criterion) throws {
        let request = try message("RunPodSandboxRequest", #"{"runtimeHandler": "runc"}"#)
        let facts = try call(
            "RunPodSandbox",
            pod: .web,
            request: .message(request),
            connection: .runtime,
            metadata: [.init("x-trace", "abc")]
        )
        #expect(match.evaluate(facts) == .differs(criterion))
    }

    @Test func `All that is asked for together must hold`() throws {
        let request = try message(
            "CreateContainerRequest",
            #"{"config": {"linux": {"securityContext": {"privileged": true}}, "args": ["a", "--fast"]}}"#
        )
        let match = Match(
            services: ["RuntimeService"],
            methods: ["Create*"],
            metadata: [.init("user-agent", "grpc-go/*")],
            fields: [.init("config.linux.securityContext.privileged", "true"), .init("config.args", "--f*")],
            namespaces: ["default"],
            pods: ["web-*"],
            uids: ["uid-1"],
            labels: ["app": "web"],
            annotations: ["note": "*"],
            containers: ["main"],
            images: ["*/nginx:*"],
            runtimeHandlers: ["runc"],
            connection: .runtime
        )
        let facts = try call(
            "CreateContainer",
            pod: .web,
            container: "main",
            image: "registry.local/nginx:1",
            request: .message(request),
            connection: .runtime,
            metadata: [.init("user-agent", "grpc-go/1.80")]
        )
        #expect(match.evaluate(facts) == .matches)
    }

    @Test func `A service is also known by its whole name`() throws {
        #expect(Match(services: ["runtime.v1.*"]).evaluate(try call("StopContainer", pod: .web)) == .matches)
    }

    @Test func `Headers decide without the request where they can`() throws {
        func facts(_ method: String) throws -> CallFacts { CallFacts(path: try rpc(method).path) }
        #expect(Match(methods: ["Stop*"]).evaluate(try facts("RunPodSandbox")) == .differs(.method))
        #expect(Match(methods: ["Run*"]).evaluate(try facts("RunPodSandbox")) == .undecided)
        #expect(Match(methods: ["Status"], includesNodeCalls: true).evaluate(try facts("Status")) == .matches)
        #expect(
            Match(methods: ["Status"], fields: [.init("verbose", "true")], includesNodeCalls: true)
                .evaluate(try facts("Status")) == .undecided
        )
        #expect(
            Match(methods: ["ImageStatus"], images: ["a"], includesNodeCalls: true).evaluate(try facts("ImageStatus"))
                == .undecided
        )
    }

    @Test(arguments: ["ImageStatus", "RemoveImage"])
    func `The image of a call that names no pod is read from its message`(method: String) throws {
        let rpc = try rpc(method)
        var facts = CallFacts(path: rpc.path)
        #expect(facts.subject == nil)
        let bytes = try message(rpc.request, #"{"image":{"image":"docker.io/nginx:1"}}"#)
        facts.request = .message(bytes)
        facts.subject = try SubjectReader().subject(of: rpc, request: bytes, index: ObjectIndex())
        #expect(Match(images: ["*nginx*"], includesNodeCalls: true).evaluate(facts) == .matches)
        #expect(Match(images: ["*httpd*"], includesNodeCalls: true).evaluate(facts) == .differs(.image))
        // It names no pod all the same.
        #expect(Match(images: ["*nginx*"]).evaluate(facts) == .differs(.scope))
    }

    @Test func `A request that cannot be read matches nothing that asks for something in it`() throws {
        var facts = CallFacts(path: try rpc("StopContainer").path, request: .unreadable)
        #expect(Match().evaluate(facts) == .differs(.request))
        facts = CallFacts(path: try rpc("ListContainers").path, request: .unreadable)
        #expect(Match(includesNodeCalls: true).evaluate(facts) == .matches)
        let match = Match(fields: [.init("filter.id", "*")], includesNodeCalls: true)
        #expect(match.evaluate(facts) == .differs(.request))
    }

    @Test func `A call that the catalogue does not know names no pod and matches by its path`() {
        let facts = CallFacts(path: "/runtime.v9.NewService/Frobnicate", request: .pending)
        #expect(Match(methods: ["Frob*"]).evaluate(facts) == .differs(.scope))
        #expect(Match(services: ["NewService"], includesNodeCalls: true).evaluate(facts) == .matches)
    }

    @Test(arguments: ["", "/", "//", "no-slash", "/a/b/c"])
    func `Any path at all can be asked about`(path: String) {
        let facts = CallFacts(path: path)
        _ = Match(services: ["x"], includesNodeCalls: true).evaluate(facts)
        #expect(facts.rpc == nil)
        #expect(facts.service.count + facts.method.count <= path.count)
    }
}
