internal import FaultModel

/// `reset`: the client's stream is reset at a moment, and the runtime's half cancelled with it.
struct ResetBehaviour: CallBehaviour {
    private let code: HTTP2Code
    private var watch: MomentWatch
    private var isReset = false

    init(_ reset: Reset) {
        code = reset.code
        watch = MomentWatch(reset.moment)
    }

    mutating func begin() -> [CallAction] {
        let (actions, hasCome) = watch.begin()
        return actions + (hasCome ? reset() : [])
    }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        guard !isReset else { return [] }
        let (actions, hasCome) = watch.handle(event)
        return actions + (hasCome ? reset() : [])
    }

    private mutating func reset() -> [CallAction] {
        isReset = true
        return [.reset(.response, code), .reset(.request, .cancel)]
    }
}
