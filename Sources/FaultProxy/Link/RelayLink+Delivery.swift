internal import FaultModel
internal import NIOCore

/// What waits goes on as far as windows, gates and bandwidth allow.
extension RelayLink {
    func touch(_ exchange: Exchange) {
        guard !exchange.isTouched else { return }
        exchange.isTouched = true
        touched.append(exchange)
    }

    /// Looks after everything that something happened to, and gives senders the credit they are due.
    func settle() {
        repeat {
            // What goes out now may be what a fault has waited for.
            takeSteps()
            settleOnce()
        } while !pending.isEmpty
    }

    private func settleOnce() {
        guard mode != .blackhole else { return }
        guard
            !touched.isEmpty || !request.blocked.isEmpty || !response.blocked.isEmpty || request.credit > 0
                || response.credit > 0
        else { return }
        for half in [request, response] where !half.blocked.isEmpty && half.flow.window > 0 {
            let streams = half.blocked
            half.blocked = []
            for stream in streams {
                guard let exchange = exchanges[stream] else { continue }
                deliver(exchange, half)
                touch(exchange)
            }
        }
        while let exchange = touched.popFirst() {
            exchange.isTouched = false
            settle(exchange)
        }
        for half in [request, response] where half.credit > 0 {
            let credit = half.credit
            half.credit = 0
            self.half(half.direction.opposite).write { $0.writeWindowUpdate(credit, stream: 0) }
        }
    }

    private func settle(_ exchange: Exchange) {
        for half in [request, response] {
            deliver(exchange, half)
            creditWaiting(exchange, half)
            let credit = exchange[half.direction].streamCredit
            exchange[half.direction].streamCredit = 0
            let isListening = half.direction == .request ? !exchange.clientGone : !exchange.runtimeGone
            if credit > 0, isListening, !exchange[half.direction].senderEnded {
                self.half(half.direction.opposite).write { $0.writeWindowUpdate(credit, stream: exchange.stream) }
            }
        }
        retire(exchange)
    }

    /// Held bytes use up their sender's connection window, and other calls with it: it is given back at once, as long
    /// as what is held stays within bounds. What waits for the connection's own window is ordinary backpressure.
    private func creditWaiting(_ exchange: Exchange, _ half: LinkHalf) {
        let pipe = exchange[half.direction]
        guard !half.blocked.contains(exchange.stream), !pipe.isEmpty else { return }
        if pipe.uncredited > 0, heldWeight <= Self.heldLimit {
            half.credit += exchange[half.direction].creditConnection()
        }
        // A message that is being read must get here whole, also one larger than the stream's window.
        guard let missing = pipe.reader?.missing, pipe.gate == .hold, let flow = pipe.flow, !pipe.senderEnded,
            missing > flow.window - pipe.streamUncredited
        else { return }
        exchange[half.direction].streamCredit += exchange[half.direction].creditStream()
    }

    private var heldWeight: Int { exchanges.values.reduce(0) { $0 + $1.request.weight + $1.response.weight } }

    /// Sends what may go.
    private func deliver(_ exchange: Exchange, _ half: LinkHalf) {
        let direction = half.direction
        guard exchange[direction].gate != .hold, exchange.isOpened else { return }
        while let item = exchange[direction].takeFirst() {
            switch item {
            case .block(let fields, let end):
                half.write(fields, flags: end ? FrameHeader.Flag.endStream : 0, stream: exchange.stream)
                if end { receiverEnded(exchange, direction, status: fields) }
            case .reset(let code):
                half.write { $0.writeReset(code, stream: exchange.stream) }
                reset(exchange, direction, code)
            case .frame(let bytes, let cost, let end, let credit):
                guard room(exchange, half) >= cost else {
                    wait(exchange, item, half)
                    return
                }
                half.write { $0.writeImmutableBuffer(bytes) }
                account(cost, credit, exchange, half)
                if end { receiverEnded(exchange, direction, status: nil) }
            case .body(let bytes, let end, let credit):
                guard deliver(bytes, end, credit, exchange, half) else { return }
            }
        }
    }

    /// Sends bytes of a body. Returns whether all of them went.
    private func deliver(
        _ bytes: ByteBuffer,
        _ end: Bool,
        _ credit: Pipe.Credit,
        _ exchange: Exchange,
        _ half: LinkHalf
    ) -> Bool {
        var rest = bytes
        repeat {
            var count = min(rest.readableBytes, half.receiver.maxFrameSize, room(exchange, half))
            if count > 0, exchange[half.direction].bucket != nil {
                count = exchange[half.direction].bucket?.take(count, at: now) ?? 0
            }
            // An empty body that ends the stream needs no window.
            guard count > 0 || rest.readableBytes == 0 else {
                wait(exchange, .body(rest, end: end, credit), half)
                return false
            }
            guard let part = rest.readSlice(length: count) else { return true }
            let ends = end && rest.readableBytes == 0
            if count > 0 || ends {
                half.write { $0.writeData(part, endStream: ends, stream: exchange.stream) }
            }
            account(count, credit, exchange, half)
            if ends { receiverEnded(exchange, half.direction, status: nil) }
        } while rest.readableBytes > 0
        return true
    }

    private func room(_ exchange: Exchange, _ half: LinkHalf) -> Int {
        max(0, min(half.flow.window, exchange[half.direction].flow?.window ?? .max))
    }

    private func account(_ cost: Int, _ credit: Pipe.Credit, _ exchange: Exchange, _ half: LinkHalf) {
        half.flow.deliver(cost, credited: credit.connection ? cost : 0)
        exchange[half.direction].flow?.deliver(cost, credited: credit.stream ? cost : 0)
        if half.direction == .response, cost > 0 { pings.interfered() }
    }

    /// Puts back what could not go, and sees to it that it is tried again.
    private func wait(_ exchange: Exchange, _ item: Pipe.Item, _ half: LinkHalf) {
        exchange[half.direction].putBack(item)
        if half.flow.window < min(item.cost, half.receiver.maxFrameSize) || half.flow.window <= 0 {
            if !half.blocked.contains(exchange.stream) { half.blocked.append(exchange.stream) }
        } else if room(exchange, half) > 0, let bucket = exchange[half.direction].bucket {
            let kind: TimerQueue.Key.Kind = half.direction == .request ? .requestBandwidth : .responseBandwidth
            timers.set(TimerQueue.Key(stream: exchange.stream, kind: kind), at: max(bucket.ready, now + 1))
        }
    }
}
