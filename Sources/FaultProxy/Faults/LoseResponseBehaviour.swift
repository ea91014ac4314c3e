internal import FaultModel

/// `lose-response`: the runtime executes and answers; the client never sees the answer (relay-contract 6).
struct LoseResponseBehaviour: CallBehaviour {
    private let lost: LostResponse
    private let info: CallInfo

    init(_ lost: LostResponse, _ info: CallInfo) {
        self.lost = lost
        self.info = info
    }

    mutating func begin() -> [CallAction] {
        [.gate(.response, .swallow)] + (lost == .atDeadline ? DeadlineAnswer.wait(info) : [])
    }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch (event, lost) {
        case (.ended(.response, _), .status(let status)), (.reset(.response, _), .status(let status)):
            [.answer(status)]
        case (.ended(.response, _), .reset(let code)), (.reset(.response, _), .reset(let code)):
            [.reset(.response, code)]
        case (.timer, .atDeadline), (.over, .atDeadline): [.answer(DeadlineAnswer.status)]
        case (.over, .status(let status)): [.answer(status)]
        case (.over, .reset(let code)): [.reset(.response, code), .reset(.request, .cancel)]
        default: []
        }
    }
}
