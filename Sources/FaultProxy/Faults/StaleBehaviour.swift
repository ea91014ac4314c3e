internal import CRICatalog
internal import FaultModel

/// `stale`: the client gets an answer that an earlier call got.
struct StaleBehaviour: CallBehaviour {
    private let answer: [UInt8]
    private let isExecuted: Bool

    init(_ answer: [UInt8], _ stale: Stale) {
        self.answer = answer
        isExecuted = stale.isExecuted
    }

    mutating func begin() -> [CallAction] {
        isExecuted ? [.gate(.response, .swallow)] : [.answer(RPCStatus(.ok), message: answer)]
    }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch event {
        case .ended(.response, _), .reset(.response, _), .over: [.answer(RPCStatus(.ok), message: answer)]
        default: []
        }
    }
}
