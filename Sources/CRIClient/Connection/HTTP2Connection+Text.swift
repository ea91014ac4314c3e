internal import Glibc
internal import NIOCore
internal import NIOHTTP2

extension HTTP2Connection {
    /// An error of the socket or of HTTP/2 in a few plain words.
    static func describe(_ error: any Error) -> String {
        switch error {
        case let error as IOError: describe(errno: error.errnoCode)
        case let error as NIOHTTP2Errors.StreamClosed: ResetCode.name(error.errorCode.networkCode)
        case let error as NIOHTTP2Errors.StreamError: describe(error.baseError)
        case is any NIOHTTP2Error: String(describing: type(of: error))
        case ChannelError.connectTimeout: "no connection in time"
        default: "\(error)"
        }
    }

    /// What a system call on the socket said, in a few plain words.
    static func describe(errno code: CInt) -> String {
        switch code {
        case ENOENT: "no such file"
        case ECONNREFUSED: "connection refused"
        case EACCES: "permission denied"
        case EAGAIN: "its queue of waiting connections is full"
        case ENOTDIR: "a part of the path is not a directory"
        case EPROTOTYPE: "it is not a stream socket"
        case ECONNRESET: "connection reset"
        case EPIPE: "the other side closed it"
        default: String(cString: strerror(code))
        }
    }

    /// `20 s`, `1.5 s`, `250 ms`.
    static func text(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
        if milliseconds < 1_000 { return "\(milliseconds) ms" }
        let tenths = milliseconds % 1_000 / 100
        return tenths == 0 ? "\(milliseconds / 1_000) s" : "\(milliseconds / 1_000).\(tenths) s"
    }

    /// What we announce and tolerate: grpc-go's client limits where it has them, and no policing of a runtime's
    /// frame rates, which are its own business (grpc-go sends a PING for every DATA frame it gets).
    static let configuration: NIOHTTP2Handler.Configuration = {
        let headerListLimit = 16 << 20
        let streamWindow = 4 << 20
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .initialWindowSize, value: streamWindow),
            HTTP2Setting(parameter: .maxHeaderListSize, value: headerListLimit),
        ]
        // What is odd in a header block is for the caller to see, not for the connection to die of.
        connection.headerBlockValidation = .disabled
        connection.contentLengthValidation = .disabled
        connection.targetWindowSize = 16 << 20
        connection.maximumSequentialEmptyDataFrames = 10_000
        connection.maximumSequentialContinuationFrames = headerListLimit >> 12
        connection.maximumRecentlyResetStreams = 4_096
        connection.maximumConnectionGlitches = .max
        // The library keeps a time stamp per frame of the window; the shortest one keeps none and limits nothing.
        connection.controlFrameRateLimit.windowLength = .nanoseconds(1)
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = streamWindow
        stream.streamResetFrameRateLimit.windowLength = .nanoseconds(1)
        stream.streamErrorRateLimit.windowLength = .nanoseconds(1)
        return NIOHTTP2Handler.Configuration(connection: connection, stream: stream)
    }()
}
