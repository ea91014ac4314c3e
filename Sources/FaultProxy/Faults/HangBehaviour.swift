internal import FaultModel

/// `hang`: no answer until the client's deadline, its cancellation or the end of the rule.
///
/// Before: the runtime has the headers and never the message, so it executes nothing (relay-contract 4). After: it has
/// executed, and its answer is held.
struct HangBehaviour: CallBehaviour {
    private let side: Side
    private let info: CallInfo

    init(_ side: Side, _ info: CallInfo) {
        self.side = side
        self.info = info
    }

    mutating func begin() -> [CallAction] {
        let holds: [CallAction] =
            side == .before ? [.gate(.request, .hold), .gate(.response, .hold)] : [.gate(.response, .hold)]
        return holds + DeadlineAnswer.wait(info)
    }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch event {
        case .timer, .over: [.answer(DeadlineAnswer.status)]
        default: []
        }
    }
}
