internal import CRICatalog
internal import FaultModel
internal import NIOCore

/// Faults take hold of calls, are told what happens, and have their wishes done.
extension RelayLink {
    /// Puts what was decided on a call. Returns what is to be done at once, after its headers have gone.
    func begin(_ exchange: Exchange, _ decisions: [Decision]) -> [CallAction] {
        exchange.stage = .passing
        calls[exchange.stream]?.decisions = decisions
        var actions: [CallAction] = []
        for decision in decisions where !decision.isDryRun {
            exchange.decisions.append(decision)
            // Two rules can be on a call, and each ends by itself.
            let kind: TimerQueue.Key.Kind = decision.fault.isBandwidth ? .bandwidthRule : .rule
            let end = TimerQueue.Key(stream: exchange.stream, kind: kind)
            timers.set(end, at: max(now + 1, decision.end.nanosecondsClamped))
            if case .bandwidth(let bandwidth) = decision.fault {
                for direction in Direction.allCases where bandwidth.direction.map({ $0 == direction }) ?? true {
                    actions.append(.limit(direction, bandwidth))
                }
            } else if var behaviour = BehaviourMaker(self, exchange, decision).behaviour() {
                let first = behaviour.begin()
                exchange.stage = .faulty(behaviour)
                for action in first {
                    if case .timeout(let timeout) = action {
                        exchange.headers.set("grpc-timeout", timeout.map(GRPCTimeout.text))
                        exchange.hasNewHeaders = true
                    } else {
                        actions.append(action)
                    }
                }
            } else if case .stale = decision.fault {
                calls[exchange.stream]?.note = .nothingStale
            }
        }
        return actions
    }

    /// Takes the steps that are pending, and those they lead to.
    func takeSteps() {
        while let step = pending.popFirst() {
            switch step {
            case .actions(let exchange, let actions): perform(actions, on: exchange)
            case .event(let exchange, let event): tell(exchange, event)
            }
        }
    }

    private func tell(_ exchange: Exchange, _ event: CallEvent) {
        if exchange.isObserved { show(exchange, event) }
        guard case .faulty(var behaviour) = exchange.stage else { return }
        let actions = behaviour.handle(event)
        // The call may have been let go while its fault was being told.
        if case .faulty = exchange.stage { exchange.stage = .faulty(behaviour) }
        perform(actions, on: exchange)
    }

    /// Shows an observed call's messages to who decides.
    private func show(_ exchange: Exchange, _ event: CallEvent) {
        switch event {
        case .message(.request, let message): if exchange.message == nil { exchange.message = message }
        case .message(.response, let message):
            guard let facts = exchange.facts, let request = exchange.message else { return }
            decider.observed(facts, request: request.messageBytes, response: message.messageBytes, at: now)
        default: break
        }
    }

    func timerFired(_ key: TimerQueue.Key) {
        if key.stream == 0 {
            connectionTimerFired(key)
            return
        }
        guard let exchange = exchanges[key.stream] else { return }
        touch(exchange)
        switch key.kind {
        case .fault: tell(exchange, .timer)
        case .rule: ruleEnded(exchange)
        case .bandwidthRule: liftBandwidth(exchange)
        case .requestBandwidth, .responseBandwidth: break
        case .opening: decide(exchange, .unreadable)
        }
    }

    /// The fault's rule is over, and with it everything it holds.
    private func ruleEnded(_ exchange: Exchange) {
        tell(exchange, .over)
        letGo(exchange)
    }

    // MARK: - Actions

    func perform(_ actions: [CallAction], on exchange: Exchange) {
        guard !actions.isEmpty else { return }
        touch(exchange)
        for action in actions { perform(action, on: exchange) }
    }

    private func perform(_ action: CallAction, on exchange: Exchange) {
        switch action {
        case .gate(let direction, let gate): set(gate, direction, exchange)
        case .tap(let direction): tap(exchange, direction)
        case .send(let direction, let outgoing): send(outgoing, direction, exchange)
        case .offer(let message): offer(message, exchange)
        case .dropped(let count): calls[exchange.stream]?.dropped += count
        case .limit(let direction, let bandwidth):
            exchange[direction].bucket = TokenBucket(bandwidth, now: now)
        case .wait(let duration):
            let time = now &+ duration.nanosecondsClamped
            timers.set(TimerQueue.Key(stream: exchange.stream, kind: .fault), at: max(time, now + 1))
        case .answer(let status, let message, let keepsRuntime):
            answer(exchange, status, message: message)
            if keepsRuntime { boundAbandoned(exchange) } else { resetRuntime(exchange, .cancel) }
        case .reset(.request, let code): resetRuntime(exchange, code)
        case .reset(.response, let code): resetClient(exchange, code)
        case .timeout: break
        case .duplicate(let message, let gap):
            guard let decision = exchange.decisions.first(where: \.fault.isDuplicate) else { return }
            commands.append(
                .duplicate(
                    DuplicateRequest(
                        headers: exchange.headers,
                        message: message,
                        gap: gap,
                        rule: decision.rule,
                        end: decision.end
                    )
                )
            )
        case .connection(let action): perform(action)
        case .note(let note): calls[exchange.stream]?.note = note
        case .letGo: letGo(exchange)
        }
    }

    private func set(_ gate: Gate, _ direction: Direction, _ exchange: Exchange) {
        exchange[direction].gate = gate
        if gate == .swallow { discard(exchange, direction) }
    }

    private func tap(_ exchange: Exchange, _ direction: Direction) {
        exchange[direction].reader = MessageReader()
        guard direction == .request, let message = exchange.message else { return }
        // It was read for the decision and will not come again.
        pending.append(.event(exchange, .message(.request, message)))
    }

    private func send(_ outgoing: Outgoing, _ direction: Direction, _ exchange: Exchange) {
        guard !exchange[direction].receiverEnded else { return }
        switch outgoing {
        case .headers(let fields):
            exchange[direction].append(.block(fields, end: false))
            exchange[direction].sentHeaders = true
        case .trailers(let fields): exchange[direction].append(.block(fields, end: true))
        case .body(let bytes):
            if bytes.readableBytes > 0 { exchange[direction].append(.body(bytes, end: false, .own)) }
        case .end:
            if !exchange[direction].endWithLast() { exchange[direction].append(.body(ByteBuffer(), end: true, .own)) }
        }
    }

    /// The runtime has credit for it already and must not be made to wait for a client that does not read
    /// (relay-contract 22): what such a client leaves waiting is bounded here.
    private func offer(_ message: ByteBuffer, _ exchange: Exchange) {
        guard exchange.response.weight <= StreamBehaviour.byteLimit else {
            calls[exchange.stream]?.dropped += 1
            return
        }
        send(.body(message), .response, exchange)
    }

    /// Throws away what waits. Its sender gets the credit it has not had.
    func discard(_ exchange: Exchange, _ direction: Direction) {
        let half = half(direction)
        half.credit += exchange[direction].creditConnection()
        if !exchange[direction].senderEnded { exchange[direction].streamCredit += exchange[direction].creditStream() }
        while let item = exchange[direction].takeFirst() {
            exchange[direction].hasLost = true
            if case .block(_, end: false) = item { exchange[direction].sentHeaders = false }
        }
    }

    /// Answers the client in the runtime's place.
    func answer(_ exchange: Exchange, _ status: RPCStatus, message: [UInt8]? = nil) {
        guard !exchange.response.receiverEnded else { return }
        exchange.response.reader = nil
        // What waits behind a closed gate is the fault's own, and goes before the answer.
        if exchange.response.gate != .swallow { set(.swallow, .response, exchange) }
        exchange.isAnswered = true
        let limit = min(Int(response.receiver.maxHeaderListSize), HeaderBlock.limit)
        if let message {
            if !exchange.response.sentHeaders { send(.headers(AnswerFields.headers), .response, exchange) }
            send(.body(ByteBuffer(message: message)), .response, exchange)
        }
        let isWhole = message == nil && !exchange.response.sentHeaders
        send(.trailers(AnswerFields.trailers(status, isWhole: isWhole, limit: limit)), .response, exchange)
    }
}
