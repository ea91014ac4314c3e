internal import CRICatalog
internal import FaultModel
internal import NIOCore

/// Requests as they come: who has to be asked about them, and in which order they go on (relay-contract 4).
extension RelayLink {
    /// Takes the headers of a new request. Returns whether the frame at hand passes as it came.
    func openStream(_ block: HeaderBlock, _ fields: HeaderList, _ half: LinkHalf, passes: Bool) -> Bool {
        half.lastStream = block.stream
        beginCall(block.stream, fields)
        guard decider.isArmed || !openings.isEmpty, response.allowsInterference,
            exchanges.count < Self.exchangeLimit || !openings.isEmpty
        else {
            return pass(block, fields, half, passes: passes)
        }
        let isHeadersOnly = block.header.endsStream
        guard openings.isEmpty else {
            // A stream must not overtake one that was opened before it: the server would close the connection.
            half.interfere()
            enqueue(capture(block.stream, .queued, fields, isHeadersOnly))
            return false
        }
        let facts = facts(of: fields, isHeadersOnly)
        switch decider.decide(facts, at: now) {
        case .pass:
            if decider.observes(facts) {
                let exchange = capture(block.stream, .passing, fields, isHeadersOnly)
                exchange.facts = facts
                observe(exchange)
            }
            return pass(block, fields, half, passes: passes)
        case .needsRequest(holdsHeaders: true):
            half.interfere()
            let exchange = capture(block.stream, .opening, fields, isHeadersOnly)
            exchange.facts = facts
            enqueue(exchange)
            waitForMessage(exchange)
            return false
        case .needsRequest(holdsHeaders: false):
            let exchange = capture(block.stream, .deciding, fields, isHeadersOnly)
            exchange.facts = facts
            holdForMessage(exchange)
            return pass(block, fields, half, passes: passes)
        case .act(let decisions):
            let exchange = capture(block.stream, .deciding, fields, isHeadersOnly)
            exchange.facts = facts
            if decider.observes(facts) { observe(exchange) }
            let actions = begin(exchange, decisions)
            pending.append(.actions(exchange, actions))
            if isHeadersOnly {
                pending.append(.event(exchange, .requestSent))
                pending.append(.event(exchange, .ended(.request, trailers: nil)))
            }
            guard exchange.hasNewHeaders else { return pass(block, fields, half, passes: passes) }
            half.write(exchange.headers, flags: block.flags, prefix: block.prefix, stream: block.stream)
            return false
        }
    }

    /// What is known of a call from its headers.
    private func facts(of fields: HeaderList, _ isHeadersOnly: Bool) -> CallFacts {
        CallFacts(
            path: fields.text(":path") ?? "",
            metadata: fields.map {
                CallFacts.Header(String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
            },
            connection: kind,
            request: isHeadersOnly || fields.isCompressed ? .unreadable : .pending
        )
    }

    private func capture(
        _ stream: UInt32,
        _ stage: Exchange.Stage,
        _ fields: HeaderList,
        _ isHeadersOnly: Bool
    ) -> Exchange {
        let exchange = Exchange(
            stream: stream,
            stage: stage,
            headers: fields,
            isHeadersOnly: isHeadersOnly,
            request: Pipe(flow: FlowAccount(window: request.receiver.initialWindowSize)),
            response: Pipe(flow: FlowAccount(window: response.receiver.initialWindowSize)),
            began: now
        )
        exchange.request.sentHeaders = true
        if isHeadersOnly {
            exchange.request.senderEnded = true
            // Its headers carry the end, whenever they go.
            exchange.request.receiverEnded = true
        }
        exchanges[stream] = exchange
        return exchange
    }

    /// Reads along, without holding anything.
    private func observe(_ exchange: Exchange) {
        exchange.isObserved = true
        if exchange.message == nil { exchange.request.reader = MessageReader() }
        exchange.response.reader = MessageReader()
    }

    // MARK: - Waiting for a message

    private func holdForMessage(_ exchange: Exchange) {
        exchange.request.gate = .hold
        exchange.request.reader = MessageReader()
    }

    /// Its headers wait, and all new requests behind them: not for long.
    private func waitForMessage(_ exchange: Exchange) {
        holdForMessage(exchange)
        timers.set(TimerQueue.Key(stream: exchange.stream, kind: .opening), at: now + Self.openingWait)
    }

    private func enqueue(_ exchange: Exchange) {
        exchange.request.gate = .hold
        openings.append(exchange.stream)
        // Whoever opens streams faster than they can be decided on is not waited for.
        if openings.count > Self.openingLimit, let stream = openings.first, let first = exchanges[stream] {
            decide(first, .unreadable)
        }
    }

    /// Reads a payload for the decision that its call waits for, and decides when the message is there. Returns
    /// whether it was read.
    func readForDecision(_ exchange: Exchange, _ body: ByteBuffer, _ header: FrameHeader, _ half: LinkHalf) -> Bool {
        guard half.direction == .request, exchange.isUndecided, exchange.facts != nil else { return false }
        let outcome = exchange.request.reader?.read(body) ?? .unreadable(after: [])
        switch outcome {
        case .messages(let messages), .unreadable(after: let messages):
            if let message = messages.first {
                exchange.message = message
                decide(exchange, .message(message.messageBytes))
                return true
            }
        }
        if case .messages = outcome, !header.endsStream { return true }
        decide(exchange, .unreadable)
        return true
    }

    /// Decides on a call whose message is known now, or never will be.
    func decide(_ exchange: Exchange, _ message: CallFacts.Request) {
        guard var facts = exchange.facts, exchange.isUndecided else { return }
        timers.cancel(TimerQueue.Key(stream: exchange.stream, kind: .opening))
        exchange.request.reader = nil
        facts.request = message
        if facts.subject == nil, case .message(let bytes) = message, let rpc = facts.rpc {
            facts.subject = decider.subject(of: rpc, request: bytes)
        }
        exchange.facts = facts
        if decider.observes(facts) { observe(exchange) }
        var decisions: [Decision] = []
        if case .act(let decided) = decider.decide(facts, at: now) { decisions = decided }
        exchange.request.gate = .open
        let actions = begin(exchange, decisions)
        if openings.first == exchange.stream {
            openings.removeFirst()
            open(exchange)
        }
        perform(actions, on: exchange)
        touch(exchange)
        if exchange.request.senderEnded { pending.append(.event(exchange, .ended(.request, trailers: nil))) }
        openNext()
    }

    /// Sends the headers that waited.
    private func open(_ exchange: Exchange) {
        let flags = exchange.isHeadersOnly ? FrameHeader.Flag.endStream : 0
        request.write(exchange.headers, flags: flags, stream: exchange.stream)
        if exchange.isHeadersOnly { pending.append(.event(exchange, .requestSent)) }
        let credit = exchange.response.deferredCredit
        exchange.response.deferredCredit = 0
        if credit > 0 { request.write { $0.writeWindowUpdate(credit, stream: exchange.stream) } }
    }

    /// Lets those go on that waited behind, up to one that has to wait itself.
    func openNext() {
        // A decision taken here leads here again.
        guard !isOpening, mode != .blackhole else { return }
        isOpening = true
        defer { isOpening = false }
        while let stream = openings.first {
            guard let exchange = exchanges[stream] else {
                openings.removeFirst()
                continue
            }
            guard case .queued = exchange.stage else { return }
            touch(exchange)
            let facts = facts(of: exchange.headers, exchange.isHeadersOnly)
            exchange.facts = facts
            switch decider.decide(facts, at: now) {
            case .needsRequest(holdsHeaders: true):
                exchange.stage = .opening
                waitForMessage(exchange)
                catchUp(exchange)
                if exchange.isUndecided { return }
            case .needsRequest(holdsHeaders: false):
                openings.removeFirst()
                exchange.stage = .deciding
                open(exchange)
                holdForMessage(exchange)
                catchUp(exchange)
            case .pass: release(exchange, [], facts)
            case .act(let decisions): release(exchange, decisions, facts)
            }
        }
    }

    private func release(_ exchange: Exchange, _ decisions: [Decision], _ facts: CallFacts) {
        openings.removeFirst()
        if decider.observes(facts) { observe(exchange) }
        exchange.request.gate = .open
        let body = queuedBody(exchange)
        let actions = begin(exchange, decisions)
        open(exchange)
        perform(actions, on: exchange)
        // A fault is told of it as of what comes later; where it takes what comes, it has taken this too.
        tap(exchange, body, .request)
        if exchange.request.senderEnded { pending.append(.event(exchange, .ended(.request, trailers: nil))) }
    }

    /// Reads what came of a message while its call was queued.
    private func catchUp(_ exchange: Exchange) {
        let body = queuedBody(exchange)
        guard body.readableBytes > 0 || exchange.request.senderEnded else { return }
        let header = FrameHeader(
            .data,
            length: body.readableBytes,
            flags: exchange.request.senderEnded ? FrameHeader.Flag.endStream : 0,
            stream: exchange.stream
        )
        _ = readForDecision(exchange, body, header, request)
    }

    /// What came of a request's body while its call was queued, without padding.
    private func queuedBody(_ exchange: Exchange) -> ByteBuffer {
        var body = ByteBuffer()
        for item in exchange.request.items {
            switch item {
            case .body(let bytes, _, _): body.writeImmutableBuffer(bytes)
            case .frame(let frame, _, _, _):
                let start = frame.readerIndex
                guard let header = FrameHeader(frame, at: start),
                    let payload = frame.getSlice(at: start + FrameHeader.size, length: header.length),
                    let bytes = Self.body(header, payload)
                else { continue }
                body.writeImmutableBuffer(bytes)
            case .block, .reset: break
            }
        }
        return body
    }
}

extension HeaderList {
    /// Whether messages are compressed; CRI peers never do that.
    var isCompressed: Bool { first("grpc-encoding").map { !$0.elementsEqual("identity".utf8) } ?? false }
}
