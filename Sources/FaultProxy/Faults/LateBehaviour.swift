internal import FaultModel

/// `late`: the runtime is told of no deadline and of no cancellation, so it goes on after the client gave up; the
/// client waits for its own deadline in vain.
struct LateBehaviour: CallBehaviour {
    private let info: CallInfo

    init(_ info: CallInfo) { self.info = info }

    var outlivesClient: Bool { true }

    mutating func begin() -> [CallAction] {
        [.timeout(nil), .gate(.response, .swallow)] + DeadlineAnswer.wait(info)
    }

    mutating func handle(_ event: CallEvent) -> [CallAction] {
        switch event {
        case .timer, .over: [.answer(DeadlineAnswer.status, keepsRuntime: true)]
        default: []
        }
    }
}
