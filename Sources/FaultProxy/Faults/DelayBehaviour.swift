internal import FaultModel

/// `delay`: the request's message waits before it goes to the runtime, or the answer before it goes to the client.
///
/// Nothing serialises: other calls on the connection go on meanwhile.
struct DelayBehaviour: CallBehaviour {
    private let direction: Direction
    private let duration: Duration
    private var isWaiting = false

    init(_ delay: Delay, _ info: CallInfo) {
        direction = delay.side == .before ? .request : .response
        var draws = info.draws
        duration = delay.duration.sample(&draws)
    }

    mutating func begin() -> [CallAction] {
        isWaiting = direction == .request
        return [.gate(direction, .hold)] + (isWaiting ? [.wait(duration)] : [])
    }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch event {
        case .responseHeaders, .ended(.response, _), .reset(.response, _):
            // The answer's first sign of life starts the clock.
            guard direction == .response, !isWaiting else { return [] }
            isWaiting = true
            return [.wait(duration)]
        case .timer, .over: return [.gate(direction, .open), .letGo]
        default: return []
        }
    }
}
