internal import FaultModel
internal import NIOCore

/// A call that the link does not just let pass: one that a decision is pending on, that a fault has hold of, or that
/// waits for a window which interference has used up.
final class Exchange {
    enum Stage {
        /// Its headers wait their turn (relay-contract 4).
        case queued
        /// Its headers wait for its message, because the fault that may come changes them.
        case opening
        /// Its headers are sent; its message waits for a decision.
        case deciding
        /// A fault has hold of it.
        case faulty(any CallBehaviour)
        /// Nothing is wrong with it any more, but something of it still waits.
        case passing
    }

    let stream: UInt32
    var stage: Stage
    var request: Pipe
    var response: Pipe
    /// The request's header block.
    var headers: HeaderList
    /// Whether the request is its header block only.
    let isHeadersOnly: Bool
    /// What is known of the call, while it is being decided on.
    var facts: CallFacts?
    /// What was decided, to be given back when it is over.
    var decisions: [Decision] = []
    /// When its headers came.
    let began: UInt64
    /// The request's message, once it was read for a decision.
    var message: ByteBuffer?
    /// The client's half is over by a reset, or was never begun.
    var clientGone = false
    /// The runtime's half is over by a reset, or was never begun.
    var runtimeGone = false
    /// The client got an answer of the relay's own.
    var isAnswered = false
    /// It waits to be looked after.
    var isTouched = false
    /// The runtime had the whole request.
    var wasDelivered = false
    /// Its messages are shown to who decides.
    var isObserved = false
    /// Its headers are no longer those that came.
    var hasNewHeaders = false

    init(
        stream: UInt32,
        stage: Stage,
        headers: HeaderList,
        isHeadersOnly: Bool,
        request: Pipe,
        response: Pipe,
        began: UInt64
    ) {
        self.stream = stream
        self.stage = stage
        self.headers = headers
        self.isHeadersOnly = isHeadersOnly
        self.request = request
        self.response = response
        self.began = began
    }

    /// Whether it was looked at from its beginning.
    var isTracked: Bool { request.flow != nil }

    /// Whether one end may still speak of it when it is over for the other.
    var wasTouchedByFault: Bool {
        !decisions.isEmpty || clientGone || runtimeGone || request.hasWaited || response.hasWaited
    }

    /// Whether the runtime knows of it.
    var isOpened: Bool {
        switch stage {
        case .queued, .opening: false
        case .deciding, .faulty, .passing: true
        }
    }

    /// Whether it waits for a decision.
    var isUndecided: Bool {
        switch stage {
        case .queued, .opening, .deciding: true
        case .faulty, .passing: false
        }
    }

    /// Whether nothing more can come from or go to the client.
    var isClientDone: Bool { clientGone || (request.senderEnded && response.receiverEnded) }

    /// Whether nothing more can come from or go to the runtime.
    var isRuntimeDone: Bool { runtimeGone || (response.senderEnded && request.receiverEnded) }

    /// Whether the call lives on in the runtime only (relay-contract 9).
    var isAbandoned: Bool { isClientDone && !isRuntimeDone }

    subscript(direction: Direction) -> Pipe {
        get { direction == .request ? request : response }
        _modify {
            if direction == .request { yield &request } else { yield &response }
        }
    }

    /// Whether it could go on as any other call: nothing waits, nothing is owed.
    var isOrdinary: Bool {
        guard case .passing = stage, !clientGone, !runtimeGone else { return false }
        return request.isOrdinary && response.isOrdinary
    }
}

extension Pipe {
    fileprivate var isOrdinary: Bool {
        isEmpty && gate == .open && bucket == nil && reader == nil && flow?.debt ?? 0 == 0
    }
}
