internal import NIOCore

/// The bytes of one stream between the event loop and their consumer. Its connection's ``ReceiveBudget`` bounds it.
final class InboundQueue: StreamSink {
    private struct State: WaitingState {
        var bytes: [UInt8] = []
        var ending: Result<StreamEnding, StreamingError>?
        var discards = false
        var waitList = WaitList<[UInt8]>()
        /// Bytes given out since the budget last heard of it.
        var taken = 0

        /// What has come, at once; an empty array at the end.
        mutating func ready() -> Result<[UInt8], StreamingError>? {
            if !bytes.isEmpty {
                defer { bytes = [] }
                taken += bytes.count
                return .success(bytes)
            }
            return ending.map { ending in ending.map { _ in [] } }
        }
    }

    private let budget: ReceiveBudget
    private let state = Waiting(State())

    init(_ budget: ReceiveBudget) { self.budget = budget }

    /// How the stream ended, if it has; bytes may still be waiting.
    var ending: StreamEnding? { state.change { try? $0.ending?.get() } }

    /// Waits for bytes; `nil` at the end.
    func next() async throws(StreamingError) -> [UInt8]? {
        defer { settle() }
        let bytes = try await state.wait()
        return bytes.isEmpty ? nil : bytes
    }

    /// Throws away what is held and what comes.
    func discard() {
        state.change { state in
            state.taken += state.bytes.count
            state.bytes = []
            state.discards = true
        }
        settle()
    }

    func received(_ bytes: ByteBuffer, endsMessage: Bool) throws(StreamingError) {
        let count = bytes.readableBytes
        guard count > 0 else { return }
        budget.add(count)
        state.change { state in
            if state.discards || state.ending != nil {
                state.taken += count
            } else {
                state.bytes.append(contentsOf: bytes.readableBytesView)
            }
        }
        settle()
    }

    func ended(_ result: Result<StreamEnding, StreamingError>) {
        state.change { state in
            if state.ending == nil { state.ending = result }
        }
    }

    /// Tells the budget what was taken.
    private func settle() {
        let taken = state.change { state in
            defer { state.taken = 0 }
            return state.taken
        }
        if taken > 0 { budget.remove(taken) }
    }
}
