import FaultModel
import Synchronization
import Testing

@testable import FaultProxy

struct RuleBoardTests {
    @Test func `A plan is put in force, and what it no longer has ends`() throws {
        let plan = TestPlan()
        let board = RuleBoard(plan)
        plan.set([TestPlan.rule("a"), TestPlan.rule("b")])
        #expect(try board.reload() == RuleBoard.Change(armed: ["a", "b"]))
        plan.set([TestPlan.rule("b"), TestPlan.rule("c")])
        #expect(try board.reload() == RuleBoard.Change(armed: ["c"], kept: ["b"], disarmed: ["a"]))
        #expect(board.live == ["b", "c"])
    }

    @Test func `A rule that is as it was goes on with its counts, and one that changed begins anew`() throws {
        let plan = TestPlan()
        let board = RuleBoard(plan)
        plan.set([TestPlan.rule("a"), TestPlan.rule("b", "Version")])
        try board.reload()
        for method in ["Status", "Version"] {
            _ = board.control.decide(CallFacts(path: "/runtime.v1.RuntimeService/\(method)"), at: 0)
        }
        plan.set([TestPlan.rule("a"), TestPlan.rule("b", "Version", .hang(.before))])
        try board.reload()
        #expect(board.control.reports.map(\.acted) == [1, 0])
    }

    @Test func `Rules are asked in the order of the plan, also of one that was changed`() throws {
        let plan = TestPlan()
        let board = RuleBoard(plan)
        plan.set([TestPlan.rule("general")])
        try board.reload()
        try board.arm(RuleText("mine Status late"))
        plan.set([TestPlan.rule("specific"), TestPlan.rule("general")])
        #expect(try board.reload() == RuleBoard.Change(armed: ["specific"], kept: ["general"]))
        #expect(board.control.reports.map(\.rule) == ["specific", "mine", "general"])
    }

    @Test func `A second execution is wanted no more when its rule is gone or its time over`() {
        let control = FaultControl()
        let later = Duration.nanoseconds(Int64.max)
        control.arm(TestPlan.rule("a"))
        control.arm(TestPlan.rule("b"))
        #expect(control.stillWants("a", until: later))
        #expect(!control.stillWants("a", until: .zero))
        control.disarm("a")
        #expect(!control.stillWants("a", until: later))
        #expect(control.stillWants("b", until: later))
        control.kill()
        #expect(!control.stillWants("b", until: later))
    }

    @Test func `A bad plan changes nothing, says why, and a good one after it counts`() throws {
        let plan = TestPlan()
        let board = RuleBoard(plan)
        plan.set([TestPlan.rule("a")])
        try board.reload()
        plan.spoil(["plan.yaml:3:5: error: no such method"])
        #expect(throws: PlanProblem(["plan.yaml:3:5: error: no such method"])) { try board.reload() }
        #expect(board.live == ["a"])
        #expect(board.planState?.lastProblem?.lines == ["plan.yaml:3:5: error: no such method"])
        #expect(board.planState?.failures == 1)
        plan.set([TestPlan.rule("b")])
        try board.reload()
        #expect(board.live == ["b"])
        #expect(board.planState == RuleBoard.PlanState(loads: 2, failures: 1))
    }

    @Test func `What was armed by hand outlives a reload`() throws {
        let plan = TestPlan()
        let board = RuleBoard(plan)
        plan.set([TestPlan.rule("a")])
        try board.reload()
        try board.arm(RuleText("mine Status late"))
        plan.set([])
        #expect(try board.reload().disarmed == ["a"])
        #expect(board.live == ["mine"])
        #expect(board.disarm("mine"))
        #expect(!board.disarm("mine"))
    }

    @Test func `Who arms a rule in the place of another is told`() throws {
        let board = RuleBoard()
        #expect(try board.arm(RuleText("a Status late")).notes == [])
        let notes = try board.arm(RuleText("a Version late\nb Status late")).notes
        #expect(notes == ["the rule 'a' that was in force is replaced by this one"])
        #expect(board.live == ["a", "b"])
    }

    @Test func `Of a text with a mistake no rule is armed`() {
        let board = RuleBoard()
        #expect(throws: PlanProblem(["rules:2:1: error: this is no rule"])) {
            try board.arm(RuleText("a Status late\nb Status"))
        }
        #expect(board.live == [])
    }

    @Test func `The kill switch wins over rules that are just being read`() throws {
        let reached = Mutex<RuleBoard?>(nil)
        let board = RuleBoard(FaultControl()) { text throws(PlanProblem) in
            reached.withLock { $0 }?.kill(by: "a test")
            return try TestPlan.read(text)
        }
        reached.withLock { $0 = board }
        #expect(throws: PlanProblem.self) { try board.arm(RuleText("a Status late")) }
        #expect(board.live == [])
        #expect(board.killedBy == "a test")
    }

    @Test func `While somebody holds the switch no rule can be armed, and afterwards none comes back by itself`() throws
    {
        let plan = TestPlan()
        let board = RuleBoard(plan)
        plan.set([TestPlan.rule("a")])
        try board.reload()
        board.hold(by: "the kill file is there")
        board.kill(by: "the kill file")
        for attempt in [{ _ = try board.reload() }, { _ = try board.arm(RuleText("b Status late")) }] {
            #expect { try attempt() } throws: { "\($0)".contains("the kill file is there") }
        }
        board.hold(by: nil)
        #expect(board.live == [])
        #expect(board.killedBy == "the kill file")
        try board.reload()
        #expect(board.live == ["a"])
        #expect(board.killedBy == nil)
    }

    @Test func `In a dry run no rule does more than say so, whatever it says itself`() throws {
        let plan = TestPlan()
        let board = RuleBoard(plan, isDryRun: true)
        plan.set([TestPlan.rule("a")])
        try board.reload()
        try board.arm(RuleText("b Version late"))
        #expect(board.control.reports.map(\.isDryRun) == [true, true])
    }

    @Test func `More rules than can be in force are refused as a whole; those that have ended do not count`() throws {
        let plan = TestPlan()
        let board = RuleBoard(plan)
        plan.set((0..<RuleEngine.ruleLimit).map { TestPlan.rule("r\($0)", ttl: .zero) })
        try board.reload()
        #expect(board.live == [])
        try board.arm(RuleText("one Status late"))
        plan.set((0..<RuleEngine.ruleLimit).map { TestPlan.rule("r\($0)") })
        #expect(throws: PlanProblem.self) { try board.reload() }
        #expect(board.live == ["one"])
    }
}
