/// What became of one call, as the relay saw it.
struct CallRecord: Sendable {
    /// How it ended.
    enum Ending: Sendable, Equatable {
        /// The client got trailers with this `grpc-status`, or without one.
        case answered(status: Int?)
        /// The client gave up.
        case clientReset(UInt32)
        /// The runtime reset the stream.
        case runtimeReset(UInt32)
        /// The connection went away under it.
        case lost
    }

    /// The stream it ran on.
    let stream: UInt32
    /// The path of the request; empty when its headers could not be read.
    let path: [UInt8]
    /// When its headers came, in nanoseconds of the clock the link is run by.
    let began: UInt64
    /// When it ended.
    var ended: UInt64 = 0
    var ending = Ending.lost
}
