import CRICatalog
import FaultModel
import SuiteLanguage
import Testing

/// What a plan's words mean.
@Suite struct FaultRuleTests {
    @Test(
        "A fault is read with its parameters",
        arguments: [
            ("{delay: 500ms}", Fault.delay(Delay(.fixed(.milliseconds(500))))),
            (
                "{delay: {uniform: [0s, 2s], side: after}}", .delay(Delay(.uniform(.zero, .seconds(2)), .after))
            ),
            (
                "{delay: {normal: {mean: 1s, deviation: 100ms}}}",
                .delay(Delay(.normal(mean: .seconds(1), deviation: .milliseconds(100))))
            ),
            (
                "{delay: {lognormal: {median: 300ms, p99: 20s}}}",
                .delay(Delay(.lognormal(median: .milliseconds(300), p99: .seconds(20))))
            ),
            ("{error: UNAVAILABLE}", .error(RPCStatus(.unavailable))),
            ("{error: null}", .error(RPCStatus(.unknown, "injected by crisol"))),
            (
                "{error: {code: UNKNOWN, message: no room, details: {hex: 08 02}}}",
                .error(RPCStatus(.unknown, "no room", details: [8, 2]))
            ),
            ("{lose-response: null}", .loseResponse(.atDeadline)),
            ("{lose-response: {at: deadline}}", .loseResponse(.atDeadline)),
            ("{lose-response: UNAVAILABLE}", .loseResponse(.status(RPCStatus(.unavailable)))),
            ("{lose-response: {reset: CANCEL}}", .loseResponse(.reset(.cancel))),
            ("{late: null}", .late),
            ("{cancel: 2s}", .cancel(Cancel(.after(.seconds(2))))),
            ("{cancel: {at: request-sent, client: hang}}", .cancel(Cancel(.requestSent, client: .hang))),
            ("{hang: null}", .hang(.before)), ("{hang: after}", .hang(.after)),
            ("{deadline: 5s}", .deadline(.seconds(5))),
            ("{no-op: null}", .noOp(NoOp())),
            ("{no-op: {answer: {podSandboxId: abc}}}", .noOp(NoOp(answer: [10, 3, 97, 98, 99]))),
            ("{duplicate: null}", .duplicate(Duplicate())),
            ("{duplicate: {gap: 1s}}", .duplicate(Duplicate(gap: .seconds(1)))),
            ("{code: NOT_FOUND}", .code(RPCStatus(.notFound))),
            (
                "{mutate: {request: [{set: config.hostname, to: evil}, {clear: config.labels}]}}",
                .mutate(
                    Mutate(
                        .request,
                        [Mutation("config.hostname", .set(.text("evil"))), Mutation("config.labels", .clear)]
                    )
                )
            ),
            (
                "{mutate: {request: [{set: \"config.labels[a]\", to: b}, {pad: whole-message, bytes: 1MiB}]}}",
                .mutate(
                    Mutate(.request, [Mutation("config.labels[a]", .set(.text("b"))), Mutation("", .pad(1 << 20))])
                )
            ),
            ("{stale: 30s}", .stale(Stale(age: .seconds(30)))),
            ("{stale: {age: 30s, executed: true}}", .stale(Stale(age: .seconds(30), isExecuted: true))),
            ("{truncate: 5}", .truncate(Truncate(bytes: 5))),
            ("{reset: null}", .reset(Reset(.cancel))),
            ("{reset: {code: REFUSED_STREAM, at: request-headers}}", .reset(Reset(.refusedStream, .requestHeaders))),
            ("{goaway: null}", .goAway(GoAway())),
            ("{goaway: {code: INTERNAL_ERROR, grace: 0s}}", .goAway(GoAway(.internalError, grace: .zero))),
            ("{drop: 2s}", .drop(Drop(after: .seconds(2)))),
            ("{drop: {connections: all}}", .drop(Drop(.all))), ("{blackhole: null}", .blackhole),
            ("{bandwidth: 1KiB}", .bandwidth(Bandwidth(bytesPerSecond: 1024))),
            (
                "{bandwidth: {rate: 1MiB, chunk: 4KiB, direction: response}}",
                .bandwidth(Bandwidth(bytesPerSecond: 1 << 20, chunk: 4096, direction: .response))
            ),
        ]
    )
    func fault(_ text: String, _ fault: Fault) throws {
        let rule = try rule("{id: a, match: {method: RunPodSandbox}, fault: \(text)}")
        #expect(rule.action == FaultSequence(fault))
    }

    @Test(
        "A fault of a stream or a session is read with its parameters",
        arguments: [
            ("GetContainerEvents", "{stream: swallow}", Fault.stream(StreamFault(.swallow))),
            (
                "GetContainerEvents", "{stream: {effect: hold, for: 60s, messages: 2+}}",
                .stream(StreamFault(.hold(.seconds(60)), messages: NumberSet("2+")))
            ),
            ("StreamContainers", "{stream: {effect: reorder, group: 3}}", .stream(StreamFault(.reorder(3)))),
            ("StreamContainers", "{stream: {effect: repeat, times: 2}}", .stream(StreamFault(.repeat(2)))),
            (
                "StreamContainers", "{stream: {effect: end-early, messages: 3+}}",
                .stream(StreamFault(.endEarly, messages: NumberSet("3+")))
            ),
            (
                "GetContainerEvents", "{stream: {effect: mutate, edits: [{scale: createdAt, by: 1000000000}]}}",
                .stream(StreamFault(.mutate([Mutation("createdAt", .scale(1e9))])))
            ),
            (
                "GetContainerEvents",
                "{stream: {effect: mutate, edits: [{set: containerEventType, to: CONTAINER_STOPPED_EVENT}]}}",
                .stream(StreamFault(.mutate([Mutation("containerEventType", .set(.text("CONTAINER_STOPPED_EVENT")))])))
            ),
            (
                "Exec", "{bytes: {after: 1KiB, effect: stall, direction: response}}",
                .bytes(ByteFault(.stall, after: 1024, direction: .response))
            ),
        ]
    )
    func streamFault(_ method: String, _ text: String, _ fault: Fault) throws {
        let rule = try rule("{id: a, match: {method: \(method), scope: node}, fault: \(text)}")
        #expect(rule.action == FaultSequence(fault))
    }

    @Test("Values of changes are typed by the field they are for")
    func mutationValues() throws {
        let rule = try rule(
            """
            id: a
            match: {method: [Status, ImageFsInfo, ListContainers], scope: node}
            fault:
              mutate:
                response:
                - {set: "status.conditions[type=NetworkReady].status", to: false}
                - {set: imageFilesystems.usedBytes.value, to: 1GiB}
                - {add: "containers[*].createdAt", value: 10m}
                - {set: "containers[*].state", to: CONTAINER_UNKNOWN}
                - {filter: "containers[state=CONTAINER_EXITED]"}
            """
        )
        let edits = [
            Mutation("status.conditions[type=NetworkReady].status", .set(.bool(false))),
            Mutation("imageFilesystems.usedBytes.value", .set(.integer(1 << 30))),
            Mutation("containers[*].createdAt", .add(.integer(600_000_000_000))),
            Mutation("containers[*].state", .set(.text("CONTAINER_UNKNOWN"))),
            Mutation("containers[state=CONTAINER_EXITED]", .filter),
        ]
        #expect(rule.action == FaultSequence(.mutate(Mutate(.response, edits))))
    }

    @Test("A sequence names short forms and faults of its own")
    func sequence() throws {
        let rule = try rule(
            """
            id: a
            match: {method: StopPodSandbox}
            faults: {busy: {error: {code: UNKNOWN, message: busy}}}
            fault: 1*off->2*busy->1*delay(1s)->hang
            """
        )
        #expect(
            rule.action
                == FaultSequence([
                    .init(1, nil), .init(2, .error(RPCStatus(.unknown, "busy"))),
                    .init(1, .delay(Delay(.fixed(.seconds(1))))), .init(nil, .hang(.before)),
                ])
        )
    }

    @Test("Everything a rule asks of a call, and all its bounds")
    func everything() throws {
        let rule = try rule(
            """
            id: all.of-it_1
            match:
              service: RuntimeService
              method: [StopContainer, "Start*"]
              metadata: {User-Agent: "kubelet*"}
              request: {containerId: "*"}
              namespace: default
              pod: [web-*, db-0]
              uid: u1
              labels: {app: web}
              annotations: {note: 1}
              container: app
              image: "*/nginx:*"
              runtime-handler: ""
              connection: runtime
              scope: node
            fault: hang
            when:
              calls: 1..9+2,12+
              count-by: rule
              probability: 20%
              window: {start: 5s, length: 35s, period: 55s}
            ttl: 2h
            budget: {in-flight: 4, total: 10}
            dry-run: true
            """
        )
        #expect(
            rule
                == FaultRule(
                    "all.of-it_1",
                    Match(
                        services: ["RuntimeService"],
                        methods: ["StopContainer", "Start*"],
                        metadata: [Match.Metadata("user-agent", "kubelet*")],
                        fields: [Match.Field("containerId", "*")],
                        namespaces: ["default"],
                        pods: ["web-*", "db-0"],
                        uids: ["u1"],
                        labels: ["app": "web"],
                        annotations: ["note": "1"],
                        containers: ["app"],
                        images: ["*/nginx:*"],
                        runtimeHandlers: [""],
                        connection: .runtime,
                        includesNodeCalls: true
                    ),
                    FaultSequence(.hang(.before)),
                    numbers: NumberSet("1..9+2,12+"),
                    counting: .rule,
                    probability: 0.2,
                    window: TimeWindow(start: .seconds(5), length: .seconds(35), period: .seconds(55)),
                    ttl: .seconds(7200),
                    budget: FaultRule.Budget(inFlight: 4, total: 10),
                    isDryRun: true
                )
        )
    }

    @Test("A rule ends and is bounded even when it says nothing about it")
    func defaults() throws {
        let rule = try rule("{id: a, match: {method: StopPodSandbox}, fault: hang}")
        #expect(rule.ttl == .seconds(600))
        #expect(rule.budget == FaultRule.Budget())
        #expect(!rule.isDryRun)
        #expect(rule.probability == 1)
        #expect(!rule.match.includesNodeCalls)
    }

    @Test("A rule about connections as such")
    func connections() throws {
        for text in ["{connection: runtime, scope: node}", "{scope: node}"] {
            let rule = try rule("{id: a, match: \(text), fault: refuse}")
            #expect(rule.isAboutConnections)
        }
    }

    @Test("JSON says the same as YAML, escapes included")
    func json() throws {
        let json = """
            {
            \t"id": "a", "match": {"method":["RunPodSandbox"],"pod":"a\\/b", "labels":{"app":"w\\"eb"}},
            \t"fault": {"error":{"code":"UNKNOWN","message":"caf\\u00e9 \\ud83d\\ude00"}},
            \t"when": {"probability":0.5,"calls":"1"}, "dry-run":false, "budget":{"total":3}, "ttl":"90s"
            }
            """
        let rule = try rule(json)
        #expect(
            rule
                == FaultRule(
                    "a",
                    Match(methods: ["RunPodSandbox"], pods: ["a/b"], labels: ["app": "w\"eb"]),
                    FaultSequence(.error(RPCStatus(.unknown, "café 😀"))),
                    numbers: NumberSet(1),
                    probability: 0.5,
                    ttl: .seconds(90),
                    budget: FaultRule.Budget(total: 3)
                )
        )
    }

    /// The rule in a text.
    private func rule(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> FaultRule {
        let (rule, diagnostics) = FaultPlanReader().readRule(text: text, file: "r.yaml")
        #expect(diagnostics == [], sourceLocation: sourceLocation)
        return try #require(rule, sourceLocation: sourceLocation)
    }
}
