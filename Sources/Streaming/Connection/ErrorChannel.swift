internal import NIOCore
internal import Synchronization

/// What a server says on an error channel: short, kept whole, not part of the back-pressure.
final class ErrorChannel: StreamSink {
    /// When the channel has said all it has to say.
    enum Completion: Sendable {
        /// At its end.
        case end
        /// At its end, or when a message of it is worth an answer: WebSocket channels may never end.
        case message(@Sendable ([UInt8]) -> Bool)
    }

    private let limit: Int
    private let completion: Completion
    private let bytes = Mutex<[UInt8]>([])
    private let whole = Arrival<Said>()

    /// What was said, and how the channel ended; `nil` when it said all it had to say before its end.
    struct Said: Sendable {
        let bytes: [UInt8]
        let ending: StreamEnding?
    }

    /// - Parameter limit: the most bytes it may say.
    init(limit: Int, completion: Completion) {
        self.limit = limit
        self.completion = completion
    }

    /// What it has said so far.
    var received: [UInt8] { bytes.withLock { $0 } }

    /// Waits until it has said everything.
    func wait() async throws(StreamingError) -> Said { try await whole.wait() }

    func received(_ bytes: ByteBuffer, endsMessage: Bool) throws(StreamingError) {
        let said = self.bytes.withLock { said -> [UInt8]? in
            guard said.count + bytes.readableBytes <= limit else { return nil }
            said += bytes.readableBytesView
            return said
        }
        guard let said else { throw .limit("the server said more than \(limit) bytes on an error channel") }
        if endsMessage, !said.isEmpty, case .message(let suffices) = completion, suffices(said) {
            whole.arrive(.success(Said(bytes: said, ending: nil)))
        }
    }

    func ended(_ result: Result<StreamEnding, StreamingError>) {
        whole.arrive(result.map { Said(bytes: received, ending: $0) })
    }
}
