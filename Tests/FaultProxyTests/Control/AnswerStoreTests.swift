import CRICatalog
import FaultModel
import Synchronization
import Testing

@testable import FaultProxy

struct AnswerStoreTests {
    private static func key(_ method: String) -> CallKey { CallFacts(path: "/s/\(method)").key }

    @Test func `The newest answer that is old enough is given`() {
        var store = AnswerStore()
        for second in 1...3 as ClosedRange<UInt64> {
            store.record([UInt8(second)], for: Self.key("A"), at: second * 1_000_000_000)
        }
        let now: UInt64 = 4_000_000_000
        #expect(store.answer(for: Self.key("A"), olderThan: .zero, at: now) == [3])
        #expect(store.answer(for: Self.key("A"), olderThan: .milliseconds(1500), at: now) == [2])
        #expect(store.answer(for: Self.key("A"), olderThan: .seconds(9), at: now) == nil)
        #expect(store.answer(for: Self.key("B"), olderThan: .zero, at: now) == nil)
    }

    @Test func `Two requests about one object have nothing in common`() {
        var store = AnswerStore()
        store.record([1], for: Self.key("A"), request: [8], at: 0)
        store.record([2], for: Self.key("A"), request: [9], at: 1)
        #expect(store.answer(for: Self.key("A"), request: [8], olderThan: .zero, at: 5) == [1])
        #expect(store.answer(for: Self.key("A"), request: [9], olderThan: .zero, at: 5) == [2])
        #expect(store.answer(for: Self.key("A"), request: [], olderThan: .zero, at: 5) == nil)
    }

    @Test(arguments: [1, 10, 30, 60, 600, 1800] as [UInt64])
    func `There is an answer of about every age, however often it was asked`(age: UInt64) throws {
        let second: UInt64 = 1_000_000_000
        var store = AnswerStore()
        for number in 0...7200 as ClosedRange<UInt64> {
            let bytes = [UInt8(number >> 8), UInt8(number & 255)]
            store.record(bytes, for: Self.key("A"), at: number * second)
        }
        let now = 7200 * second
        let answer = try #require(store.answer(for: Self.key("A"), olderThan: .seconds(Int64(age)), at: now))
        let got = 7200 - (UInt64(answer[0]) << 8 | UInt64(answer[1]))
        #expect(got >= age)
        #expect(got <= 3 * age, "an answer \(got) s old")
    }

    @Test func `It keeps so many bytes in all`() {
        var store = AnswerStore()
        for number in 0..<40 {
            store.record(Array(repeating: 0, count: 4 << 20), for: Self.key("\(number)"), at: 100)
        }
        #expect(store.bytes <= AnswerStore.byteLimit)
        store.record(Array(repeating: 0, count: AnswerStore.byteLimit), for: Self.key("huge"), at: 100)
        #expect(store.answer(for: Self.key("huge"), olderThan: .zero, at: 200) == nil)
    }
}

struct FaultControlTests {
    private static let facts = CallFacts(path: "/runtime.v1.RuntimeService/Status")
    private static func rule(_ id: String, ttl: Duration = .seconds(60)) -> FaultRule {
        FaultRule(
            id,
            Match(methods: ["Status"], includesNodeCalls: true),
            FaultSequence(.error(RPCStatus(.unavailable))),
            ttl: ttl
        )
    }

    @Test func `It costs calls nothing while no rule is in force`() {
        let control = FaultControl()
        #expect(!control.isArmed)
        control.arm(Self.rule("r"))
        #expect(control.isArmed)
        control.disarm("r")
        #expect(!control.isArmed)
        control.arm(Self.rule("over", ttl: .zero))
        #expect(control.decide(Self.facts, at: .max / 4) == .pass)
        #expect(!control.isArmed)
    }

    @Test func `Listeners hear of every change until they stop`() {
        let control = FaultControl()
        let heard = Mutex<[String]>([])
        let key = control.listen { change in
            heard.withLock { heard in
                switch change {
                case .armed: heard.append("armed")
                case .disarmed(let rule): heard.append("disarmed \(rule)")
                case .killed: heard.append("killed")
                }
            }
        }
        control.arm(Self.rule("r"))
        control.disarm("r")
        control.disarm("nothing")
        control.kill()
        control.stopListening(key)
        control.kill()
        #expect(heard.withLock { $0 } == ["armed", "disarmed r", "killed"])
    }

    @Test func `It explains without counting`() {
        let control = FaultControl()
        control.arm(Self.rule("r"))
        #expect(control.explain(Self.facts).map { $0.refusal } == [nil])
        #expect(control.explain(CallFacts(path: "/s/Other")).map { $0.refusal } == [.differs(.method)])
        #expect(control.reports.first?.matched == 0)
    }
}
