import Outcome
import SuiteLanguage
import Testing

@testable import Runner

@Suite struct SchedulerTests {
    /// Cases from `id needs... !lock...` words.
    private func scheduler(_ lines: [String]) throws -> Scheduler {
        var text = "suite: t\ntitle: T\ncases:\n"
        for line in lines {
            let words = line.split(separator: " ")
            let needs = words.dropFirst().filter { !$0.hasPrefix("!") }.joined(separator: ", ")
            let locks = words.filter { $0.hasPrefix("!") }.map { $0.dropFirst() }.joined(separator: ", ")
            text += "- {id: \(words[0]), title: T, level: must, source: x, needs: [\(needs)], uses: [\(locks)], "
            text += "steps: [{call: Version, expect: {runtimeName: x}}]}\n"
        }
        let (suite, diagnostics) = SuiteReader().read(text: text, file: "t.yaml")
        #expect(diagnostics == [])
        return Scheduler(try #require(suite).cases)
    }

    private func begun(_ next: Scheduler.Next) -> String? { if case .begin(let item) = next { item.id } else { nil } }

    private func isWaiting(_ next: Scheduler.Next) -> Bool { if case .wait = next { true } else { false } }

    private func isDone(_ next: Scheduler.Next) -> Bool { if case .done = next { true } else { false } }

    @Test func `A case waits for what it stands on, others go on`() throws {
        var scheduler = try scheduler(["t.a", "t.b t.a", "t.c"])
        #expect(begun(scheduler.next()) == "t.a")
        #expect(begun(scheduler.next()) == "t.c")
        #expect(isWaiting(scheduler.next()))
        scheduler.ended("t.a", .pass)
        #expect(begun(scheduler.next()) == "t.b")
        scheduler.ended("t.b", .pass)
        scheduler.ended("t.c", .fail)
        #expect(isDone(scheduler.next()))
    }

    @Test func `A red case blocks all that stand on it, through others too`() throws {
        var scheduler = try scheduler(["t.a", "t.b t.a", "t.c t.b"])
        _ = scheduler.next()
        scheduler.ended("t.a", .fail)
        guard case .blocked(let second, by: "t.a", verdict: .fail) = scheduler.next() else {
            Issue.record("t.b is not blocked by t.a")
            return
        }
        #expect(second.id == "t.b")
        guard case .blocked(let third, by: "t.b", verdict: .notRun) = scheduler.next() else {
            Issue.record("t.c is not blocked by t.b")
            return
        }
        #expect(third.id == "t.c")
        #expect(isDone(scheduler.next()))
    }

    @Test func `A deviation blocks nothing`() throws {
        var scheduler = try scheduler(["t.a", "t.b t.a"])
        _ = scheduler.next()
        scheduler.ended("t.a", .deviation)
        #expect(begun(scheduler.next()) == "t.b")
    }

    @Test func `Cases with one lock never meet, and the whole runtime is met by nobody`() throws {
        var scheduler = try scheduler(["t.a !disk", "t.b !disk", "t.c", "t.d !runtime"])
        #expect(begun(scheduler.next()) == "t.a")
        #expect(begun(scheduler.next()) == "t.c")
        #expect(isWaiting(scheduler.next()))
        scheduler.ended("t.a", .pass)
        #expect(begun(scheduler.next()) == "t.b")
        scheduler.ended("t.c", .pass)
        #expect(isWaiting(scheduler.next()))
        scheduler.ended("t.b", .pass)
        #expect(begun(scheduler.next()) == "t.d")
        #expect(isWaiting(scheduler.next()) || isDone(scheduler.next()))
    }
}
