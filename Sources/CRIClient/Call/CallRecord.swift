public import CRICatalog

/// Who decided how a call ended.
public enum StatusSource: String, Sendable, Codable {
    /// The runtime, in its trailers.
    case runtime
    /// Our own timer.
    case deadline
    /// Our caller, or the end of the client.
    case cancelled
    /// The link: no such socket, a reset, a GOAWAY, an answer that is not gRPC.
    case transport
    /// A limit of ours, on the size of messages.
    case limit
}

/// One finished call, with everything that was seen of it on the wire.
public struct CallRecord: Sendable {
    /// The number of the call in its client, from 1.
    public let id: Int
    /// The procedure called.
    public let rpc: RPC
    /// The socket it was called on.
    public let endpoint: Endpoint
    /// The request message as sent.
    public let request: [UInt8]
    /// The answers as received: one for a unary call that succeeded, any number for a stream.
    public let responses: [[UInt8]]
    /// How many answers came after ``CallOptions/keepLimit`` was reached and are not in ``responses``.
    public let responsesNotKept: Int
    /// The status it ended with.
    public let code: StatusCode
    /// The status message, percent-decoded; empty when there is none.
    public let message: String
    /// Who decided the status.
    public let source: StatusSource
    /// The response's header block, in order, `:status` included.
    public let headers: [(String, String)]
    /// The response's trailers, in order; of an answer that is trailers only, that one block.
    public let trailers: [(String, String)]
    /// The HTTP/2 error code with which the runtime reset the stream.
    public let resetCode: UInt32?
    /// When the call was made.
    public let sentAt: Timestamp
    /// When it ended.
    public let receivedAt: Timestamp

    /// How long it took, waiting for a connection included.
    public var elapsed: Duration { receivedAt.since(sentAt) }

    /// Creates a record.
    public init(
        id: Int,
        rpc: RPC,
        endpoint: Endpoint,
        request: [UInt8],
        responses: [[UInt8]],
        responsesNotKept: Int = 0,
        code: StatusCode,
        message: String,
        source: StatusSource,
        headers: [(String, String)],
        trailers: [(String, String)],
        resetCode: UInt32?,
        sentAt: Timestamp,
        receivedAt: Timestamp
    ) {
        self.id = id
        self.rpc = rpc
        self.endpoint = endpoint
        self.request = request
        self.responses = responses
        self.responsesNotKept = responsesNotKept
        self.code = code
        self.message = message
        self.source = source
        self.headers = headers
        self.trailers = trailers
        self.resetCode = resetCode
        self.sentAt = sentAt
        self.receivedAt = receivedAt
    }
}

/// A call that has not ended yet.
public struct CallInFlight: Sendable {
    /// The number of the call in its client.
    public let id: Int
    /// The procedure called.
    public let rpc: RPC
    /// When the call was made.
    public let sentAt: Timestamp
}

/// Hears of every finished call of a client.
public protocol CallRecorder: Sendable {
    /// Called once for each finished call, before the caller gets its answer, on the caller's task.
    func record(_ call: CallRecord)
}
