internal import CRICatalog
internal import FaultModel
internal import NIOCore

/// How calls that are not ordinary end.
extension RelayLink {
    /// The receiver of a direction has been sent its end.
    ///
    /// - Parameter status: the trailers, where the end came with some.
    func receiverEnded(_ exchange: Exchange, _ direction: Direction, status trailers: HeaderList?) {
        exchange[direction].receiverEnded = true
        guard direction == .response else {
            exchange.wasDelivered = true
            calls[exchange.stream]?.delivered = now
            pending.append(.event(exchange, .requestSent))
            return
        }
        endCall(exchange.stream, .answered(status: trailers?.status))
        // Whoever is answered before having asked must be told to stop asking (RFC 9113 section 8.1).
        if exchange.isAnswered, !exchange.request.senderEnded {
            response.write { $0.writeReset(HTTP2Code.noError.rawValue, stream: exchange.stream) }
            exchange.clientGone = true
        }
    }

    /// The receiver of a direction has been sent a reset that was its sender's.
    func reset(_ exchange: Exchange, _ direction: Direction, _ code: UInt32) {
        exchange[direction].receiverEnded = true
        switch direction {
        case .request: exchange.runtimeGone = true
        case .response:
            exchange.clientGone = true
            endCall(exchange.stream, .runtimeReset(code))
        }
    }

    /// The client gave up.
    func clientReset(_ exchange: Exchange, _ code: HTTP2Code) {
        touch(exchange)
        discard(exchange, .response)
        let isComplete = exchange.request.senderEnded
        exchange.clientGone = true
        exchange.request.senderEnded = true
        exchange.response.receiverEnded = true
        endCall(exchange.stream, .clientReset(code.rawValue))
        pending.append(.event(exchange, .reset(.request, code)))
        if isComplete, case .faulty(let behaviour) = exchange.stage, behaviour.outlivesClient {
            boundAbandoned(exchange)
        } else {
            resetRuntime(exchange, code)
        }
    }

    /// The runtime reset the stream.
    func runtimeReset(_ exchange: Exchange, _ code: HTTP2Code) {
        touch(exchange)
        runtimeEnded(exchange, .runtimeReset(code.rawValue))
        discard(exchange, .request)
        exchange.runtimeGone = true
        exchange.request.receiverEnded = true
        exchange.response.senderEnded = true
        pending.append(.event(exchange, .reset(.response, code)))
        if exchange.response.gate != .swallow, !exchange.response.receiverEnded {
            exchange.response.append(.reset(code.rawValue))
        }
    }

    /// The runtime has said its last word on a call, whatever its client will be told.
    func runtimeEnded(_ exchange: Exchange, _ ending: CallRecord.Ending) {
        guard let delivered = calls[exchange.stream]?.delivered else { return }
        calls[exchange.stream]?.runtime = CallRecord.RuntimeEnding(ending: ending, time: now &- delivered)
    }

    /// Takes the call from the runtime.
    func resetRuntime(_ exchange: Exchange, _ code: HTTP2Code) {
        guard !exchange.isRuntimeDone else { return }
        discard(exchange, .request)
        exchange.request.gate = .swallow
        exchange.request.receiverEnded = true
        exchange.runtimeGone = true
        if exchange.isOpened { request.write { $0.writeReset(code.rawValue, stream: exchange.stream) } }
        if !exchange.isOpened { openings.removeAll { $0 == exchange.stream } }
    }

    /// Takes the call from the client.
    func resetClient(_ exchange: Exchange, _ code: HTTP2Code) {
        guard !exchange.isClientDone, !exchange.response.receiverEnded else { return }
        if exchange.response.gate == .swallow, !exchange.response.isEmpty {
            exchange.response.append(.reset(code.rawValue))
            return
        }
        discard(exchange, .response)
        exchange.response.gate = .swallow
        exchange.response.receiverEnded = true
        exchange.clientGone = true
        response.write { $0.writeReset(code.rawValue, stream: exchange.stream) }
        endCall(exchange.stream, .runtimeReset(code.rawValue))
    }

    /// Calls that go on in the runtime after their client gave up still count against what it takes at once
    /// (relay-contract 9).
    func boundAbandoned(_ exchange: Exchange) {
        let limit = min(Self.abandonedLimit, Int(request.receiver.maxConcurrentStreams / 2))
        let count = exchanges.values.count { $0.isAbandoned }
        if count > limit { resetRuntime(exchange, .cancel) }
    }

    private static let lifted = RPCStatus(
        .unavailable,
        "crisol: the fault on this call was lifted too late for its answer"
    )

    /// Ends the hold of a fault: what was held goes on in order, and a call that cannot go on any more is told so
    /// (relay-contract 20). A bandwidth beside it stays: it is another rule's.
    func letGo(_ exchange: Exchange) {
        // What a fault has let go of before is a call as any other, whatever was swallowed of it then.
        guard case .faulty(var behaviour) = exchange.stage else { return }
        touch(exchange)
        let sendsOn = behaviour.sendsOn
        let kept = behaviour.letGo()
        exchange.stage = .passing
        // Before the rest, which came later.
        perform(kept, on: exchange)
        timers.cancel(TimerQueue.Key(stream: exchange.stream, kind: .fault))
        timers.cancel(TimerQueue.Key(stream: exchange.stream, kind: .rule))
        let hasLost = !sendsOn && (exchange.response.hasLost || exchange.request.hasLost)
        let isCutOff = exchange.runtimeGone && exchange.response.isEmpty
        if !exchange.isClientDone, !exchange.isAnswered, isCutOff || hasLost {
            answer(exchange, Self.lifted)
            resetRuntime(exchange, .cancel)
        }
        for direction in Direction.allCases {
            let remainder = exchange[direction].reader?.remainder ?? ByteBuffer()
            if !exchange.isObserved { exchange[direction].reader = nil }
            switch exchange[direction].gate {
            case .open: break
            case .hold: exchange[direction].gate = .open
            case .swallow where sendsOn: passRest(exchange, direction, remainder)
            case .swallow:
                if !exchange[direction].hasLost, !exchange.isAnswered, !exchange[direction].receiverEnded {
                    exchange[direction].gate = .open
                }
            }
        }
    }

    /// Ends a bandwidth: what waits for it goes on. A fault beside it stays.
    func liftBandwidth(_ exchange: Exchange) {
        touch(exchange)
        timers.cancel(TimerQueue.Key(stream: exchange.stream, kind: .bandwidthRule))
        for direction in Direction.allCases { exchange[direction].bucket = nil }
    }

    /// Forgets a call that is over, or that is like any other again.
    func retire(_ exchange: Exchange) {
        if exchange.isClientDone, exchange.isRuntimeDone {
            if exchange.wasTouchedByFault { dead.insert(exchange.stream) }
        } else if !exchange.isOrdinary {
            return
        }
        exchanges[exchange.stream] = nil
        timers.cancelAll(of: exchange.stream)
        for half in [request, response] { half.blocked.removeAll { $0 == exchange.stream } }
        for decision in exchange.decisions { decider.ended(decision) }
        exchange.decisions = []
        if !openings.isEmpty { openNext() }
        closeIfDrained()
    }
}
