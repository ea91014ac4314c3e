/// A value, or an error, that comes once and is awaited by any number of tasks.
final class Arrival<Value: Sendable>: Sendable {
    private struct State: WaitingState {
        var result: Result<Value, StreamingError>?
        var waitList = WaitList<Value>()

        func ready() -> Result<Value, StreamingError>? { result }
    }

    private let state = Waiting(State())

    /// What has come, if it has.
    var result: Result<Value, StreamingError>? { state.change { $0.result } }

    /// It has come; only the first time counts.
    func arrive(_ result: Result<Value, StreamingError>) {
        state.change { state in
            if state.result == nil { state.result = result }
        }
    }

    /// Waits for it.
    func wait() async throws(StreamingError) -> Value { try await state.wait() }

    /// Waits for it also when the task is cancelled: for what will certainly come.
    func waitRegardless() async { _ = await state.waitRegardless() }
}
