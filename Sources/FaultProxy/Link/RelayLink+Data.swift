internal import FaultModel
internal import NIOCore

/// DATA of streams that do not just pass.
extension RelayLink {
    /// Takes DATA. Returns whether it passes as it came.
    func takeData(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        if half.direction == .response { pings.runtimeSpoke() }
        if dead.contains(header.stream) {
            half.credit += header.length
            return false
        }
        guard let exchange = exchanges[header.stream] ?? blockedExchange(header, half) else {
            half.flow.deliver(header.length)
            if header.endsStream { ordinaryStreamEnded(header.stream, half) }
            return true
        }
        guard let body = Self.body(header, payload), !exchange[half.direction].senderEnded else {
            // More padding than frame, or more after the end.
            lost(half)
            return true
        }
        touch(exchange)
        let isRead = readForDecision(exchange, body, header, half)
        // Its own message may have been what made the connection one.
        if mode == .blackhole { return false }
        let passes = place(header, body, exchange, half)
        if !isRead { tap(exchange, body, half.direction) }
        if header.endsStream {
            exchange[half.direction].senderEnded = true
            pending.append(.event(exchange, .ended(half.direction, trailers: nil)))
        }
        return passes
    }

    /// Puts the frame where it belongs: on, in the queue, or nowhere. Returns whether it passes as it came.
    private func place(_ header: FrameHeader, _ body: ByteBuffer, _ exchange: Exchange, _ half: LinkHalf) -> Bool {
        let direction = half.direction
        let cost = header.length
        if exchange[direction].receiverEnded || exchange[direction].gate == .swallow {
            swallowed(cost, exchange, half, ends: header.endsStream)
            if body.readableBytes > 0 { exchange[direction].hasLost = true }
            return false
        }
        let fitsStream = exchange[direction].flow.map { $0.window >= cost } ?? true
        if exchange[direction].isClear, half.blocked.isEmpty, half.flow.window >= cost, fitsStream {
            half.flow.deliver(cost)
            exchange[direction].flow?.deliver(cost)
            if header.endsStream { receiverEnded(exchange, direction, status: nil) }
            return true
        }
        if cost == body.readableBytes {
            exchange[direction].append(.body(body, end: header.endsStream, .none))
        } else if exchange[direction].bucket != nil {
            // What is cut anew has no padding; the sender must not wait for credit for it.
            swallowed(cost - body.readableBytes, exchange, half, ends: header.endsStream)
            exchange[direction].append(.body(body, end: header.endsStream, .none))
        } else {
            exchange[direction].append(.frame(half.input.frame(header), cost: cost, end: header.endsStream, .none))
        }
        return false
    }

    /// Bytes that their receiver will never see: their sender gets credit for them, or every call on the connection
    /// would stall in the end (relay-contract 12).
    func swallowed(_ cost: Int, _ exchange: Exchange, _ half: LinkHalf, ends: Bool) {
        half.credit += cost
        if !ends, !exchange[half.direction].senderEnded { exchange[half.direction].streamCredit += cost }
    }

    /// Tells of the messages that a payload completes, where a fault wants to know.
    func tap(_ exchange: Exchange, _ body: ByteBuffer, _ direction: Direction) {
        guard body.readableBytes > 0, let outcome = exchange[direction].reader?.read(body) else { return }
        switch outcome {
        case .messages(let messages), .unreadable(after: let messages):
            for message in messages { pending.append(.event(exchange, .message(direction, message))) }
        }
        guard case .unreadable = outcome else { return }
        // Its reader would only gather what comes.
        exchange.isObserved = false
        if case .faulty = exchange.stage {
            calls[exchange.stream]?.note = .unreadable
        } else {
            exchange[direction].reader = nil
        }
        pending.append(.event(exchange, .unreadable(direction)))
        pending.append(.actions(exchange, [.letGo]))
    }

    /// What was taken in and is not read after all goes on as it is, and so does the rest (relay-contract 16).
    func passRest(_ exchange: Exchange, _ direction: Direction, _ remainder: ByteBuffer) {
        guard exchange[direction].gate == .swallow, !exchange[direction].receiverEnded else { return }
        if remainder.readableBytes > 0 { exchange[direction].append(.body(remainder, end: false, .own)) }
        exchange[direction].gate = .open
    }

    /// A stream that just passed, but whose DATA does not fit the connection's window: it was used up by what was held
    /// back before. The stream's own window its sender keeps by itself.
    private func blockedExchange(_ header: FrameHeader, _ half: LinkHalf) -> Exchange? {
        guard half.flow.window < header.length || !half.blocked.isEmpty else { return nil }
        let exchange = Exchange(
            stream: header.stream,
            stage: .passing,
            headers: [],
            isHeadersOnly: false,
            request: Pipe(flow: nil),
            response: Pipe(flow: nil),
            began: now
        )
        exchanges[header.stream] = exchange
        return exchange
    }

    /// The payload without its padding; `nil` when there is more padding than payload (RFC 9113 section 6.1).
    static func body(_ header: FrameHeader, _ payload: ByteBuffer) -> ByteBuffer? {
        guard header.has(FrameHeader.Flag.padded) else { return payload }
        var payload = payload
        guard let padding = payload.readInteger(as: UInt8.self), Int(padding) <= payload.readableBytes else {
            return nil
        }
        return payload.readSlice(length: payload.readableBytes - Int(padding))
    }
}
