internal import CRICatalog
internal import FaultModel

/// What a client sees that waits until its time is up.
enum DeadlineAnswer {
    /// The text is grpc-go's.
    static let status = RPCStatus(.deadlineExceeded, "context deadline exceeded")

    /// Waits until the client's deadline. A call without one waits until the rule ends.
    static func wait(_ info: CallInfo) -> [CallAction] { info.timeout.map { [.wait($0)] } ?? [] }
}

/// `deadline`: the runtime is told another deadline; everything else passes.
struct DeadlineBehaviour: CallBehaviour {
    private let timeout: Duration

    init(_ timeout: Duration) { self.timeout = timeout }

    mutating func begin() -> [CallAction] { [.timeout(timeout), .letGo] }

    mutating func handle(_ event: CallEvent) -> [CallAction] { [] }
}
