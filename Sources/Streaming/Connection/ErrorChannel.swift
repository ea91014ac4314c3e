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
    private let whole = Arrival<[UInt8]>()

    /// - Parameter limit: the most bytes it may say.
    init(limit: Int, completion: Completion) {
        self.limit = limit
        self.completion = completion
    }

    /// What it has said so far.
    var received: [UInt8] { bytes.withLock { $0 } }

    /// Waits until it has said everything.
    func wait() async throws(StreamingError) -> [UInt8] { try await whole.wait() }

    func received(_ bytes: ByteBuffer, endsMessage: Bool) throws(StreamingError) {
        let said = self.bytes.withLock { said -> [UInt8]? in
            guard said.count + bytes.readableBytes <= limit else { return nil }
            said += bytes.readableBytesView
            return said
        }
        guard let said else { throw .limit("the server said more than \(limit) bytes on an error channel") }
        if endsMessage, !said.isEmpty, case .message(let suffices) = completion, suffices(said) {
            whole.arrive(.success(said))
        }
    }

    func ended(_ result: Result<StreamEnding, StreamingError>) {
        whole.arrive(result.map { _ in received })
    }
}
