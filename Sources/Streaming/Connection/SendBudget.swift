/// How many bytes of one connection wait to be sent. Whoever wants to send more waits for its turn.
final class SendBudget: Sendable {
    private struct State: WaitingState {
        let limit: Int
        let piece: Int
        var unsent = 0
        var most = 0
        var failure: StreamingError?
        var waitList = WaitList<Void>()

        /// A turn is worth a whole piece, so that a turn that was given is never too small.
        mutating func ready() -> Result<Void, StreamingError>? {
            if let failure { return .failure(failure) }
            guard unsent < limit else { return nil }
            unsent += piece
            most = max(most, unsent)
            return .success(())
        }
    }

    private let state: Waiting<State>

    /// - Parameters:
    ///   - limit: from how many unsent bytes on a turn must be waited for.
    ///   - piece: the bytes that one turn stands for.
    init(limit: Int, piece: Int) { state = Waiting(State(limit: limit, piece: piece)) }

    /// The most bytes that were unsent at once.
    var most: Int { state.change { $0.most } }

    /// Waits for a turn: the room for one piece.
    func takeTurn() async throws(StreamingError) { try await state.wait() }

    /// Gives a turn back, because its piece was sent or will not be.
    func giveBack() { state.change { $0.unsent -= $0.piece } }

    /// Nothing can be sent any more.
    func fail(_ error: StreamingError) {
        state.change { state in
            if state.failure == nil { state.failure = error }
        }
    }
}
