internal import FaultModel
internal import NIOCore

/// An announcement that the connection goes away (relay-contract 11).
struct GoAwayState {
    /// The highest stream that is still served; `nil` before the final GOAWAY.
    var last: UInt32?
    let code: HTTP2Code
}

/// What concerns the whole connection.
extension RelayLink {
    /// Flushes what is held, lets everything go on, and leaves nothing else changed (relay-contract 20).
    func releaseAll(at now: UInt64) {
        self.now = now
        if mode == .blackhole {
            // What went into it is gone: its calls cannot go on, and what is held dies with them.
            commands.append(.close)
            return
        }
        for stream in exchanges.keys.sorted() {
            guard let exchange = exchanges[stream] else { continue }
            if exchange.isUndecided { decide(exchange, .unreadable) }
            letGo(exchange)
            liftBandwidth(exchange)
        }
        takeSteps()
        settle()
    }

    /// Lets go of everything that one rule holds; what another rule has hold of beside it stays.
    func release(rule: String, at now: UInt64) {
        self.now = now
        if mode == .blackhole {
            if rule == blackholeRule { commands.append(.close) }
            return
        }
        for stream in exchanges.keys.sorted() {
            guard let exchange = exchanges[stream] else { continue }
            for decision in exchange.decisions where decision.rule == rule {
                if decision.fault.isBandwidth { liftBandwidth(exchange) } else { letGo(exchange) }
            }
        }
        takeSteps()
        settle()
    }

    /// Does to the connection what a rule about connections wants.
    func strike(_ decisions: [Decision], at now: UInt64) {
        self.now = now
        for decision in decisions where !decision.isDryRun {
            switch decision.fault {
            case .blackhole: blackhole(decision.rule, until: decision.end.nanosecondsClamped)
            case .goAway(let goAway): self.goAway(goAway.code, grace: goAway.grace, at: now)
            case .drop: commands.append(.close)
            default: break
            }
            decider.ended(decision)
        }
        if !decisions.isEmpty { observer.connectionStruck(number, decisions) }
    }

    /// Tells the client, in two steps, that the connection goes away.
    func goAway(_ code: HTTP2Code, grace: Duration, at now: UInt64) {
        self.now = now
        guard mode == .http2, goingAway == nil else { return }
        goingAway = GoAwayState(last: nil, code: code)
        // The first promises to serve whatever is on its way already (RFC 9113 section 6.8).
        sendGoAway(last: 0x7fff_ffff, .noError)
        timers.set(Self.connectionTimer, at: now + max(1, grace.nanosecondsClamped))
    }

    static var connectionTimer: TimerQueue.Key { TimerQueue.Key(stream: 0, kind: .fault) }
    static var blackholeTimer: TimerQueue.Key { TimerQueue.Key(stream: 0, kind: .rule) }

    func connectionTimerFired(_ key: TimerQueue.Key) {
        if key == Self.blackholeTimer {
            commands.append(.close)
            return
        }
        guard let state = goingAway, state.last == nil else { return }
        let last = request.lastStream
        goingAway = GoAwayState(last: last, code: state.code)
        sendGoAway(last: last, state.code)
        closeIfDrained()
    }

    /// Tells the client the last stream that is served: never a higher one than it was told before, by the runtime even.
    private func sendGoAway(last: UInt32, _ code: HTTP2Code) {
        let last = min(last, lastServed ?? .max)
        lastServed = last
        response.write { $0.writeGoAway(last: last, code: code.rawValue) }
    }

    /// Whether a stream was opened too late: its client has been told that it is not served and may call again.
    func isRefused(_ stream: UInt32, _ half: LinkHalf) -> Bool {
        guard half.direction == .request, let last = goingAway?.last, stream > last else { return false }
        half.lastStream = max(half.lastStream, stream)
        dead.insert(stream)
        return true
    }

    /// After the final GOAWAY the connection ends with its last call.
    func closeIfDrained() {
        if goingAway?.last != nil, isIdle { commands.append(.close) }
    }

    /// From now on nothing goes through, what is held included; what comes is taken all the same.
    func blackhole(_ rule: String, until end: UInt64) {
        mode = .blackhole
        blackholeRule = rule
        timers.set(Self.blackholeTimer, at: max(now + 1, end))
    }

    func perform(_ action: ConnectionAction) {
        switch action {
        case .drop(let drop, let connection): commands.append(.drop(drop, connection))
        case .goAway(let goAway): self.goAway(goAway.code, grace: goAway.grace, at: now)
        case .blackhole(let rule, let end): blackhole(rule, until: end.nanosecondsClamped)
        }
    }
}
