internal import CRICatalog
internal import FaultModel

/// `no-op`: answered with success, never executed.
struct NoOpBehaviour: CallBehaviour {
    private let noOp: NoOp

    init(_ noOp: NoOp) { self.noOp = noOp }

    mutating func begin() -> [CallAction] { [.answer(RPCStatus(.ok), message: noOp.answer)] }

    mutating func handle(_ event: CallEvent) -> [CallAction] { [] }
}
