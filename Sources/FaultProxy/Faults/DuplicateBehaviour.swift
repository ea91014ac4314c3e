internal import FaultModel

/// `duplicate`: the request goes out once more, on another connection (relay-contract 8); the first answer counts.
struct DuplicateBehaviour: CallBehaviour {
    private let gap: Duration

    init(_ duplicate: Duplicate) { gap = duplicate.gap }

    mutating func begin() -> [CallAction] { [.tap(.request)] }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch event {
        case .message(.request, let message): [.duplicate(message, after: gap), .letGo]
        default: []
        }
    }
}
