internal import CRICatalog

/// How a call ended: its status, and who decided it.
struct CallEnding: Error, Equatable {
    var code: StatusCode
    var message: String
    var source: StatusSource
    var resetCode: UInt32?

    init(_ code: StatusCode, _ message: String, _ source: StatusSource, resetCode: UInt32? = nil) {
        self.code = code
        self.message = message
        self.source = source
        self.resetCode = resetCode
    }

    /// An answer that is not what gRPC over HTTP/2 allows.
    static func malformed(_ message: String) -> CallEnding { CallEnding(.internalError, message, .transport) }

    static func unavailable(_ message: String) -> CallEnding { CallEnding(.unavailable, message, .transport) }

    static let deadline = CallEnding(.deadlineExceeded, "the call's deadline passed before its answer came", .deadline)

    static let cancelled = CallEnding(.cancelled, "the caller cancelled the call", .cancelled)

    static let shutDown = CallEnding(.cancelled, "the client was shut down", .cancelled)

    /// The stream was reset by the runtime.
    static func reset(_ code: Int) -> CallEnding {
        CallEnding(
            ResetCode.status(code),
            "the runtime reset the stream with HTTP/2 \(ResetCode.name(code))",
            .transport,
            resetCode: UInt32(truncatingIfNeeded: code)
        )
    }
}
