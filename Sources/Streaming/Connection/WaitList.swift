internal import Synchronization

/// Those who wait for something, first come first served; a member of a state behind a `Mutex`.
///
/// Each wait has a ticket, because its cancellation can come before the wait itself.
struct WaitList<Value: Sendable> {
    typealias Continuation = CheckedContinuation<Result<Value, StreamingError>, Never>

    private var lastTicket = 0
    private var waiting: [(ticket: Int, continuation: Continuation)] = []
    private var cancelledEarly: Set<Int> = []

    var isEmpty: Bool { waiting.isEmpty }

    /// A ticket for a new wait.
    mutating func ticket() -> Int {
        lastTicket += 1
        return lastTicket
    }

    /// Begins a wait.
    ///
    /// - Returns: the continuation again, to be resumed with a cancellation, when the wait was cancelled already.
    mutating func add(_ ticket: Int, _ continuation: Continuation) -> Continuation? {
        if cancelledEarly.remove(ticket) != nil { return continuation }
        waiting.append((ticket, continuation))
        return nil
    }

    /// Cancels a wait; returns whom to resume.
    mutating func cancel(_ ticket: Int) -> Continuation? {
        guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else {
            cancelledEarly.insert(ticket)
            return nil
        }
        return waiting.remove(at: index).continuation
    }

    /// Forgets a wait that has ended.
    mutating func forget(_ ticket: Int) { cancelledEarly.remove(ticket) }

    mutating func takeFirst() -> Continuation? { waiting.isEmpty ? nil : waiting.removeFirst().continuation }

    mutating func takeAll() -> [Continuation] {
        defer { waiting = [] }
        return waiting.map(\.continuation)
    }
}

/// A state in which tasks can wait for a value of a kind.
protocol WaitingState {
    associatedtype Awaited: Sendable
    var waitList: WaitList<Awaited> { get set }
    /// What a wait would get at once.
    mutating func ready() -> Result<Awaited, StreamingError>?
}

/// A state behind a lock, and those who wait for something of it.
final class Waiting<State: WaitingState & Sendable>: Sendable {
    private let state: Mutex<State>

    init(_ state: State) { self.state = Mutex(state) }

    /// Looks at the state, or changes it; afterwards those who wait are given what has become ready.
    func change<R: Sendable>(_ body: (inout State) -> R) -> R {
        let result = state.withLock { body(&$0) }
        while let (continuation, value) = nextServed() { continuation.resume(returning: value) }
        return result
    }

    /// Suspends until the state has something, or the task is cancelled.
    func wait() async throws(StreamingError) -> State.Awaited {
        let ticket = state.withLock { $0.waitList.ticket() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { begin(ticket, $0) }
        } onCancel: {
            let cancelled = state.withLock { $0.waitList.cancel(ticket) }
            cancelled?.resume(returning: .failure(.cancelled))
        }
        state.withLock { $0.waitList.forget(ticket) }
        return try result.get()
    }

    /// Suspends until the state has something, also when the task is cancelled: for what will certainly come.
    func waitRegardless() async -> Result<State.Awaited, StreamingError> {
        let ticket = state.withLock { $0.waitList.ticket() }
        return await withCheckedContinuation { begin(ticket, $0) }
    }

    private func begin(_ ticket: Int, _ continuation: WaitList<State.Awaited>.Continuation) {
        let now: Result<State.Awaited, StreamingError>? = state.withLock { state in
            if state.waitList.isEmpty, let ready = state.ready() { return ready }
            return state.waitList.add(ticket, continuation) == nil ? nil : .failure(.cancelled)
        }
        if let now { continuation.resume(returning: now) }
    }

    private func nextServed() -> (WaitList<State.Awaited>.Continuation, Result<State.Awaited, StreamingError>)? {
        state.withLock { state in
            guard !state.waitList.isEmpty, let ready = state.ready(), let first = state.waitList.takeFirst() else {
                return nil
            }
            return (first, ready)
        }
    }
}
