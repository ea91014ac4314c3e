import Synchronization
import Testing

@testable import Runner

@Suite struct BoundedWorkTests {
    /// Work that goes on when it is cancelled, until it is told to end.
    private struct Deaf {
        private let told: AsyncStream<Void>
        private let tell: AsyncStream<Void>.Continuation

        init() { (told, tell) = AsyncStream.makeStream(of: Void.self) }

        func run() async {
            await Task.detached { [told] in for await _ in told { return } }.value
        }

        func end() { tell.yield() }
    }

    @Test func `Work that ends in time has its own end`() async {
        let end = await BoundedWork.run(for: .seconds(600), grace: .seconds(600)) { 7 }
        guard case .ended(7) = end else { return #expect(Bool(false), "\(end)") }
    }

    @Test func `Work whose time is over is cancelled, and is late`() async {
        let end = await BoundedWork.run(for: .milliseconds(1), grace: .seconds(600)) {
            try? await Task.sleep(for: .seconds(600))
            return Task.isCancelled
        }
        guard case .timedOut = end else { return #expect(Bool(false), "\(end)") }
    }

    @Test func `Whoever asks hears that the time is over while the work is still at it`() async {
        let wasCancelled = Mutex<Bool?>(nil)
        let isCancelled = Mutex(false)
        _ = await BoundedWork.run(
            for: .milliseconds(1),
            grace: .seconds(600),
            onTimeout: { wasCancelled.withLock { $0 = isCancelled.withLock { $0 } } },
            {
                try? await Task.sleep(for: .seconds(600))
                isCancelled.withLock { $0 = true }
            }
        )
        #expect(wasCancelled.withLock { $0 } == false)
        #expect(isCancelled.withLock { $0 })
    }

    @Test func `Work that does not heed its cancellation is left behind`() async {
        let deaf = Deaf()
        let end = await BoundedWork.run(for: .milliseconds(1), grace: .milliseconds(1)) { await deaf.run() }
        guard case .stuck = end else { return #expect(Bool(false), "\(end)") }
        deaf.end()
    }

    @Test func `A caller that is cancelled cancels the work and hears how it ended`() async {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            await BoundedWork.run(for: .seconds(600), grace: .seconds(600)) {
                begin.yield()
                try? await Task.sleep(for: .seconds(600))
                return Task.isCancelled
            }
        }
        for await _ in begun { break }
        task.cancel()
        guard case .ended(true) = await task.value else { return #expect(Bool(false), "it had another end") }
    }

    @Test func `A caller that is cancelled is not held up by work that does not heed it`() async {
        let deaf = Deaf()
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            await BoundedWork.run(for: .seconds(600), grace: .milliseconds(1)) {
                begin.yield()
                await deaf.run()
            }
        }
        for await _ in begun { break }
        task.cancel()
        guard case .stuck = await task.value else { return #expect(Bool(false), "it had another end") }
        deaf.end()
    }
}
