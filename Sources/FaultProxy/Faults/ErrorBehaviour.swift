internal import FaultModel

/// `error`: answered with a status, reset at the runtime before any of the message went there: nothing executes
/// (relay-contract 5).
struct ErrorBehaviour: CallBehaviour {
    private let status: RPCStatus

    init(_ status: RPCStatus) { self.status = status }

    mutating func begin() -> [CallAction] { [.answer(status)] }

    mutating func handle(_ event: CallEvent) -> [CallAction] { [] }
}
