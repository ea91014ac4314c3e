internal import FaultModel

/// `goaway`, `drop` and `blackhole` on the connection that a call came over.
struct ConnectionBehaviour: CallBehaviour {
    private let action: ConnectionAction
    private let delay: Duration

    init(_ action: ConnectionAction, after delay: Duration = .zero) {
        self.action = action
        self.delay = delay
    }

    mutating func begin() -> [CallAction] { delay > .zero ? [.wait(delay)] : [.connection(action), .letGo] }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch event {
        case .timer: [.connection(action), .letGo]
        default: []
        }
    }
}
