import SeededRandom
import Testing

@testable import FaultProxy

struct TimerQueueTests {
    private static func key(_ stream: UInt32) -> TimerQueue.Key { TimerQueue.Key(stream: stream, kind: .fault) }

    @Test func `Timers come up in the order of their times, and only when they are due`() {
        var generator = SeededGenerator(seed: 9)
        var queue = TimerQueue()
        for stream in 1...500 as ClosedRange<UInt32> {
            queue.set(Self.key(stream), at: UInt64.random(in: 0...1000, using: &generator))
        }
        var times: [UInt32: UInt64] = [:]
        for now in 0...1000 as ClosedRange<UInt64> {
            while let key = queue.takeDue(at: now) { times[key.stream] = now }
        }
        #expect(times.count == 500)
        #expect(queue.next == nil)
    }

    @Test func `A timer that is set again counts once, one that is given up not at all`() {
        var queue = TimerQueue()
        queue.set(Self.key(1), at: 5)
        queue.set(Self.key(1), at: 9)
        queue.set(Self.key(2), at: 6)
        queue.cancel(Self.key(2))
        queue.set(Self.key(3), at: 7)
        queue.cancelAll(of: 3)
        #expect(queue.takeDue(at: 8) == nil)
        #expect(queue.takeDue(at: 9) == Self.key(1))
        #expect(queue.takeDue(at: 99) == nil)
    }

    @Test func `A timer that is set over and over takes no more room`() {
        var queue = TimerQueue()
        for time in 0..<100_000 as Range<UInt64> { queue.set(Self.key(1), at: 1_000_000 - time) }
        #expect(queue.size <= 128)
        #expect(queue.takeDue(at: 900_001) == Self.key(1))
    }
}
