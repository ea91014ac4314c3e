internal import CRICatalog
internal import FaultModel

/// `cancel`: the runtime's half is cancelled as its client would cancel it; the client is told, or hangs as with a
/// runtime that is slow.
struct CancelBehaviour: CallBehaviour {
    private let client: Cancel.Client
    private let info: CallInfo
    private var watch: MomentWatch
    private var isCancelled = false

    init(_ cancel: Cancel, _ info: CallInfo) {
        client = cancel.client
        watch = MomentWatch(cancel.moment)
        self.info = info
    }

    mutating func begin() -> [CallAction] {
        let (actions, hasCome) = watch.begin()
        return actions + (hasCome ? cancel() : [])
    }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        if isCancelled {
            switch event {
            case .timer, .over: return [.answer(DeadlineAnswer.status)]
            default: return []
            }
        }
        let (actions, hasCome) = watch.handle(event)
        return actions + (hasCome ? cancel() : [])
    }

    private mutating func cancel() -> [CallAction] {
        isCancelled = true
        let reset = CallAction.reset(.request, .cancel)
        switch client {
        case .told: return [reset, .answer(RPCStatus(.cancelled, "context canceled"))]
        // The client's time began with the call, the wait begins now: it is its own deadline that ends the call.
        case .hang: return [reset, .gate(.response, .swallow)] + DeadlineAnswer.wait(info)
        }
    }
}
