internal import CRICatalog
internal import FaultModel
internal import NIOCore

/// Makes the state machine of a fault for one call.
struct BehaviourMaker {
    private let fault: Fault
    private let info: CallInfo

    init(_ link: RelayLink, _ exchange: Exchange, _ decision: Decision) {
        fault = decision.fault
        let rpc = exchange.facts?.rpc
        var info = CallInfo(
            timeout: exchange.headers.first("grpc-timeout").flatMap(GRPCTimeout.read).map {
                max(.zero, $0 - .nanoseconds(Int64(clamping: link.now - exchange.began)))
            },
            requestType: rpc?.request,
            responseType: rpc?.response,
            rule: decision.rule,
            end: decision.end,
            connection: decision.connection,
            draws: decision.draws
        )
        if case .stale(let stale) = fault, case .message(let request)? = exchange.facts?.request {
            info.earlierAnswer = link.decider.answer(
                for: decision.key,
                request: request,
                olderThan: stale.age,
                at: link.now
            )
        }
        let decider = link.decider
        let rule = decision.rule
        info.spares = { decider.spares($0, $1, rule: rule) }
        let observer = link.observer
        info.openSession = { observer.openSession($0, $1, decision) }
        self.info = info
    }

    init(_ fault: Fault, _ info: CallInfo) {
        self.fault = fault
        self.info = info
    }

    /// The state machine; `nil` for a fault that does nothing to this call.
    func behaviour() -> (any CallBehaviour)? {
        switch fault {
        case .delay(let delay): DelayBehaviour(delay, info)
        case .error(let status): ErrorBehaviour(status)
        case .loseResponse(let lost): LoseResponseBehaviour(lost, info)
        case .late: LateBehaviour(info)
        case .cancel(let cancel): CancelBehaviour(cancel, info)
        case .hang(let side): HangBehaviour(side, info)
        case .deadline(let timeout): DeadlineBehaviour(timeout)
        case .noOp(let noOp): NoOpBehaviour(noOp)
        case .duplicate(let duplicate): DuplicateBehaviour(duplicate)
        case .code(let status): CodeBehaviour(status)
        case .mutate(let mutate): MutateBehaviour(mutate, info)
        case .stale(let stale): info.earlierAnswer.map { StaleBehaviour($0, stale) }
        case .truncate(let truncate): TruncateBehaviour(truncate)
        case .reset(let reset): ResetBehaviour(reset)
        case .goAway(let goAway): ConnectionBehaviour(.goAway(goAway))
        case .drop(let drop): ConnectionBehaviour(.drop(drop, info.connection), after: drop.after)
        case .blackhole: ConnectionBehaviour(.blackhole(rule: info.rule, until: info.end))
        case .stream(let stream): StreamBehaviour(stream, info)
        case .bytes(let bytes): BytesBehaviour(bytes, info)
        // New connections only; and a bandwidth is the link's own business.
        case .refuse, .bandwidth: nil
        }
    }
}
