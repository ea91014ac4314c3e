internal import Synchronization

/// How many received bytes of one connection wait for their consumers. Reading stops at the limit and goes on when half
/// of it has been taken.
final class ReceiveBudget: Sendable {
    private struct State {
        var held = 0
        var most = 0
        var pauses = 0
        var isPaused = false
        var resume: (@Sendable () -> Void)?
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: in bytes; reading stops once so many are held.
    init(limit: Int) { self.limit = limit }

    /// Sets what is called, from anywhere, when reading can go on.
    func whenRoom(_ resume: @escaping @Sendable () -> Void) { state.withLock { $0.resume = resume } }

    /// The most bytes that were held at once, and how often reading stopped.
    var counters: (most: Int, pauses: Int) { state.withLock { ($0.most, $0.pauses) } }

    func add(_ count: Int) {
        state.withLock { state in
            state.held += count
            state.most = max(state.most, state.held)
        }
    }

    func remove(_ count: Int) {
        let resume: (@Sendable () -> Void)? = state.withLock { state in
            state.held -= count
            guard state.isPaused, state.held <= limit / 2 else { return nil }
            state.isPaused = false
            return state.resume
        }
        resume?()
    }

    /// Whether reading must stop; if so, ``whenRoom(_:)``'s closure will be called.
    func pausesReading() -> Bool {
        state.withLock { state in
            guard state.held >= limit else { return false }
            if !state.isPaused { state.pauses += 1 }
            state.isPaused = true
            return true
        }
    }
}
