internal import FaultModel

/// What became of one call, as the relay saw it.
struct CallRecord: Sendable {
    /// How it ended for the client.
    enum Ending: Sendable, Equatable {
        /// It got trailers with this `grpc-status`, or without one.
        case answered(status: Int?)
        /// It gave up.
        case clientReset(UInt32)
        /// Its stream was reset.
        case runtimeReset(UInt32)
        /// Its connection went away.
        case lost
    }

    /// Whether the runtime executed it, as far as can be told from outside when the client's part ended.
    enum Execution: String, Sendable {
        case yes
        /// The runtime never had the whole request.
        case no
        /// It had, and has not answered.
        case unknown
    }

    /// What the runtime itself said to a call that did not just pass, whatever its client was told.
    struct RuntimeEnding: Sendable, Equatable {
        /// ``Ending/answered(status:)`` or ``Ending/runtimeReset(_:)``.
        let ending: Ending
        /// How long it took from the whole request to its end, in nanoseconds.
        let time: UInt64
    }

    /// Something worth knowing that the rest does not tell.
    enum Note: String, Sendable {
        /// A message was too large or compressed, so the fault let it pass (relay-contract 10, 16).
        case unreadable
        /// There was no earlier answer to give.
        case nothingStale = "nothing-stale"
        /// The answer named no session that the relay could stand in.
        case noSession = "no-session"
    }

    /// The connection it came over, counted from 1.
    let connection: Int
    /// The stream it ran on.
    let stream: UInt32
    /// The path of the request; empty when its headers could not be read.
    let path: [UInt8]
    /// When its headers came, in nanoseconds of the clock the link is run by.
    let began: UInt64
    /// When its client's part ended.
    var ended: UInt64 = 0
    var ending = Ending.lost
    var execution = Execution.unknown
    /// When the runtime had the whole request; `nil` for a call that just passed, or that it never had.
    var delivered: UInt64?
    /// `nil` for a call that just passed, or that the runtime had not ended when its client's part did.
    var runtime: RuntimeEnding?
    /// What the rules decided, dry runs included.
    var decisions: [Decision] = []
    var note: Note?
    /// Messages of a stream that a fault had hold of and its client was never sent, because it did not read, or because
    /// too many were held.
    var dropped = 0

    init(connection: Int = 0, stream: UInt32, path: [UInt8], began: UInt64) {
        self.connection = connection
        self.stream = stream
        self.path = path
        self.began = began
    }
}
