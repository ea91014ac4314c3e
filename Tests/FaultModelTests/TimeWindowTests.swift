import FaultModel
import Testing

struct TimeWindowTests {
    @Test func `A window opens after its start and closes after its length`() {
        let window = TimeWindow(start: .seconds(10), length: .seconds(5))
        #expect([9, 10, 14, 15, 100].map { window.isOpen(at: .seconds($0)) } == [false, true, true, false, false])
    }

    @Test func `Without a length it stays open`() {
        #expect(TimeWindow(start: .seconds(1)).isOpen(at: .seconds(1_000_000)))
    }

    @Test func `With a period it opens again and again, exactly at its borders`() {
        let window = TimeWindow(length: .seconds(35), period: .seconds(55))
        for round in 0..<2000 {
            let start = Duration.seconds(55 * round)
            #expect(window.isOpen(at: start))
            #expect(window.isOpen(at: start + .seconds(35) - .nanoseconds(1)))
            #expect(!window.isOpen(at: start + .seconds(35)))
            #expect(!window.isOpen(at: start + .seconds(55) - .nanoseconds(1)))
        }
    }
}
