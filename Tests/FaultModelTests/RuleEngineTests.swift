import CRICatalog
import FaultModel
import Testing

struct RuleEngineTests {
    private static let error = Fault.error(RPCStatus(.unavailable))

    private static func engine(_ rules: FaultRule...) -> RuleEngine {
        var engine = RuleEngine(seed: 1)
        for rule in rules { _ = engine.arm(rule, at: .zero) }
        return engine
    }

    private static func fault(_ verdict: Verdict) -> Fault? {
        if case .act(let decisions) = verdict { decisions.first?.fault } else { nil }
    }

    @Test func `Without rules every call passes`() throws {
        var engine = RuleEngine()
        #expect(engine.decide(try call("StopContainer", pod: .web), at: .zero) == .pass)
    }

    @Test func `The first rule that acts has the call`() throws {
        var engine = Self.engine(
            FaultRule("never", Match(), FaultSequence(.late), probability: 0),
            FaultRule("first", Match(), Self.error),
            FaultRule("second", Match(), .late)
        )
        guard case .act(let decisions) = engine.decide(try call("StopContainer", pod: .web), at: .zero) else {
            Issue.record("nothing happened")
            return
        }
        #expect(decisions.map(\.rule) == ["first"])
        let reports = engine.reports(at: .zero)
        #expect(reports[2].refusals == ["taken": 1])
        #expect(reports[0].refusals == ["chance": 1])
    }

    @Test func `A rule that repeats answers wants to know the request, for which alone they are answers`() throws {
        let match = Match(methods: ["ListContainers"], includesNodeCalls: true)
        let stale = Fault.stale(Stale(age: .seconds(1)))
        var engine = Self.engine(FaultRule("stale", match, stale))
        let pending = try call("ListContainers", request: .pending)
        #expect(engine.decide(pending, at: .zero) == .needsRequest(holdsHeaders: false))
        #expect(Self.fault(engine.decide(try call("ListContainers"), at: .zero)) == stale)
        #expect(engine.decide(try call("ListPodSandbox", request: .pending), at: .zero) == .pass)
    }

    @Test func `A bandwidth goes beside another fault`() throws {
        let slow = Fault.bandwidth(Bandwidth(bytesPerSecond: 1000))
        var engine = Self.engine(
            FaultRule("slow", Match(), slow),
            FaultRule("error", Match(), Self.error),
            FaultRule("slower", Match(), slow)
        )
        guard case .act(let decisions) = engine.decide(try call("StopContainer", pod: .web), at: .zero) else {
            Issue.record("nothing happened")
            return
        }
        #expect(decisions.map(\.rule) == ["slow", "error"])
    }

    @Test func `A dry run is told and changes nothing`() throws {
        var dry = FaultRule("dry", Match(), .late)
        dry.isDryRun = true
        var engine = Self.engine(dry, FaultRule("real", Match(), Self.error))
        guard case .act(let decisions) = engine.decide(try call("StopContainer", pod: .web), at: .zero) else {
            Issue.record("nothing happened")
            return
        }
        #expect(decisions.map(\.isDryRun) == [true, false])
        #expect(engine.reports(at: .zero)[0].inFlight == 0)
    }

    @Test func `Every rule ends`() throws {
        let rule = FaultRule("r", Match(), FaultSequence(Self.error), ttl: .seconds(10))
        var engine = Self.engine(rule)
        #expect(engine.nextEnd(after: .zero) == .seconds(10))
        #expect(Self.fault(engine.decide(try call("StopContainer", pod: .web), at: .milliseconds(9_999))) != nil)
        #expect(engine.decide(try call("StopContainer", pod: .web), at: .seconds(10)) == .pass)
        #expect(engine.liveRules(at: .seconds(10)).isEmpty)
        #expect(FaultRule("r", Match(), FaultSequence(.late), ttl: .seconds(1 << 40)).ttl == FaultRule.ttlLimit)
        #expect(FaultRule("r", Match(), FaultSequence(.late), ttl: .seconds(-1)).ttl == .zero)
    }

    @Test func `Numbers and sequences count the calls about one object`() throws {
        var engine = Self.engine(
            FaultRule("r", Match(), FaultSequence(Self.error), numbers: NumberSet(2))
        )
        var other = PodIdentity.web
        other.uid = "uid-2"
        let pods = [PodIdentity.web, other, .web, .web, other]
        let hits = try pods.map { Self.fault(engine.decide(try call("StopPodSandbox", pod: $0), at: .zero)) != nil }
        #expect(hits == [false, false, true, false, true])
    }

    @Test func `Counting by rule takes all matching calls in one row`() throws {
        var engine = Self.engine(
            FaultRule("r", Match(), try FaultSequence("2*off->1*error->off"), counting: .rule)
        )
        let methods = ["StopPodSandbox", "StopContainer", "RemoveContainer", "StopContainer"]
        let hits = try methods.map { Self.fault(engine.decide(try call($0, pod: .web), at: .zero)) != nil }
        #expect(hits == [false, false, true, false])
    }

    @Test func `A closed window lets calls pass and counts them`() throws {
        let rule = FaultRule(
            "r",
            Match(),
            FaultSequence(Self.error),
            numbers: NumberSet(2),
            window: TimeWindow(start: .seconds(5))
        )
        var engine = Self.engine(rule)
        #expect(engine.decide(try call("StopContainer", pod: .web), at: .seconds(1)) == .pass)
        #expect(Self.fault(engine.decide(try call("StopContainer", pod: .web), at: .seconds(5))) != nil)
    }

    @Test func `A budget bounds what happens at once and in all`() throws {
        let rule = FaultRule("r", Match(), FaultSequence(Self.error), budget: .init(inFlight: 2, total: 3))
        var engine = Self.engine(rule)
        let facts = try call("StopContainer", pod: .web)
        guard case .act(let first) = engine.decide(facts, at: .zero) else {
            Issue.record("nothing happened")
            return
        }
        #expect(Self.fault(engine.decide(facts, at: .zero)) != nil)
        #expect(engine.decide(facts, at: .zero) == .pass)
        engine.ended(first[0])
        #expect(Self.fault(engine.decide(facts, at: .zero)) != nil)
        engine.ended(first[0])
        #expect(engine.decide(facts, at: .zero) == .pass)
        #expect(engine.reports(at: .zero)[0].refusals == ["budget": 2])
    }

    @Test func `Zero means never and one means always`() throws {
        var never = Self.engine(FaultRule("r", Match(), FaultSequence(Self.error), probability: 0))
        var always = Self.engine(FaultRule("r", Match(), FaultSequence(Self.error), probability: 1))
        var odd = Self.engine(FaultRule("r", Match(), FaultSequence(Self.error), probability: .nan))
        for _ in 0..<2000 {
            let facts = try call("StopContainer", pod: .web)
            #expect(never.decide(facts, at: .zero) == .pass)
            #expect(odd.decide(facts, at: .zero) == .pass)
            guard case .act(let decisions) = always.decide(facts, at: .zero) else {
                Issue.record("nothing happened")
                return
            }
            always.ended(decisions[0])
        }
    }

    @Test func `A call whose message is needed is decided once it is there, and counted once`() throws {
        let fault = FaultRule("r", Match(methods: ["Stop*"], pods: ["web-0"]), Self.error)
        var engine = Self.engine(fault)
        let facts = CallFacts(path: try rpc("StopPodSandbox").path)
        #expect(engine.decide(facts, at: .zero) == .needsRequest(holdsHeaders: false))
        #expect(engine.reports(at: .zero)[0].matched == 0)
        #expect(Self.fault(engine.decide(try call("StopPodSandbox", pod: .web), at: .zero)) != nil)
        #expect(engine.reports(at: .zero)[0].matched == 1)
    }

    @Test func `Headers are held only for faults that change them`() throws {
        var engine = Self.engine(
            FaultRule("r", Match(methods: ["Run*"]), try FaultSequence("1*error->late"))
        )
        #expect(
            engine.decide(CallFacts(path: try rpc("RunPodSandbox").path), at: .zero)
                == .needsRequest(holdsHeaders: true)
        )
        #expect(engine.decide(CallFacts(path: try rpc("StopContainer").path), at: .zero) == .pass)
    }

    @Test func `A rule that was armed anew starts anew and owes nothing`() throws {
        let rule = FaultRule("r", Match(), FaultSequence(Self.error), numbers: NumberSet(1), budget: .init(inFlight: 1))
        var engine = Self.engine(rule)
        let facts = try call("StopContainer", pod: .web)
        guard case .act(let old) = engine.decide(facts, at: .zero) else {
            Issue.record("nothing happened")
            return
        }
        #expect(engine.decide(facts, at: .zero) == .pass)
        #expect(engine.arm(rule, at: .seconds(1)) == true)
        #expect(Self.fault(engine.decide(facts, at: .seconds(1))) != nil)
        engine.ended(old[0])
        #expect(engine.reports(at: .seconds(1))[0].inFlight == 1)
        #expect(engine.disarm("r") == true)
        #expect(engine.disarm("r") == false)
        #expect(engine.decide(facts, at: .seconds(1)) == .pass)
    }

    @Test func `Explaining says why and counts nothing`() throws {
        var engine = Self.engine(
            FaultRule("other", Match(methods: ["Run*"]), Self.error),
            FaultRule("second", Match(), FaultSequence(Self.error), numbers: NumberSet(2)),
            FaultRule("hit", Match(), Self.error),
            FaultRule("over", Match(), FaultSequence(Self.error), ttl: .zero),
            FaultRule("too late", Match(), Self.error),
            FaultRule("beside", Match(), .bandwidth(Bandwidth(bytesPerSecond: 1024))),
            FaultRule("link", Match(connection: .runtime), .drop(Drop()))
        )
        let facts = try call("StopContainer", pod: .web)
        for _ in 0..<2 {
            let refusals = engine.explain(facts, at: .seconds(1)).map { $0.refusal }
            #expect(refusals == [.differs(.method), .number, nil, .ended, .taken, nil, .connections])
        }
        guard case .act(let decisions) = engine.decide(facts, at: .seconds(1)) else {
            Issue.record("nothing was decided")
            return
        }
        #expect(decisions.map(\.rule) == ["hit", "beside"])
        #expect(
            engine.explain(facts, at: .seconds(1)).prefix(3).map { $0.refusal } == [.differs(.method), nil, .taken]
        )
    }

    @Test func `Rules and keys are bounded`() throws {
        var engine = RuleEngine()
        for number in 0..<RuleEngine.ruleLimit {
            let isArmed = engine.arm(FaultRule("\(number)", Match(), .late), at: .zero)
            #expect(isArmed)
        }
        #expect(engine.arm(FaultRule("one too many", Match(), .late), at: .zero) == false)
        #expect(engine.arm(FaultRule("0", Match(), .late), at: .zero) == true)

        var keys = Self.engine(FaultRule("r", Match(), FaultSequence(Self.error), numbers: NumberSet(1)))
        var pod = PodIdentity.web
        for number in 0..<65_536 + 10 {
            pod.uid = "\(number)"
            _ = keys.decide(try call("StopPodSandbox", pod: pod), at: .zero)
        }
        #expect(keys.reports(at: .zero)[0].refusals["too-many-keys"] == 10)
    }
}
