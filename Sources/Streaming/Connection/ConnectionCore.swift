internal import NIOCore
internal import NIOSSL

/// One streaming connection, confined to its event loop: executes what the ``ConnectionMachine`` decides.
final class ConnectionCore {
    /// A stream in use.
    struct Entry {
        let sink: any StreamSink
        /// The server has taken the stream.
        let opened: Arrival<Void>
        /// Ends the wait for that.
        var deadline: Scheduled<Void>?

        func refuse(_ error: StreamingError) {
            deadline?.cancel()
            opened.arrive(.failure(error))
            sink.ended(.failure(error))
        }
    }

    /// Answers that wait to be sent; beyond this many bytes nothing more is read, so that a server that asks and never
    /// listens cannot fill the memory.
    private static let answerLimit = 64 << 10

    let eventLoop: any EventLoop
    /// The verdict on the upgrade.
    let upgraded = Arrival<UpgradePlan.Verdict>()
    /// The socket is closed.
    let gone = Arrival<Void>()
    let receiveBudget: ReceiveBudget
    let sendBudget: SendBudget
    private(set) var farewell: PeerFarewell?
    private var counted = StreamingCounters()
    private var machine: ConnectionMachine
    private var entries: [StreamKey: Entry]
    private var link: StreamingLink?
    private var timer: Scheduled<Void>?
    private var keepAlive: Scheduled<Void>?
    private var unsentAnswers = 0
    /// Why nothing more happens here.
    private var ending: StreamingError?

    /// - Parameter entries: the streams that exist from the beginning, as channels of a WebSocket do.
    init(
        _ machine: ConnectionMachine,
        on eventLoop: any EventLoop,
        receiveBudget: ReceiveBudget,
        sendBudget: SendBudget,
        entries: [StreamKey: Entry]
    ) {
        self.machine = machine
        self.eventLoop = eventLoop
        self.receiveBudget = receiveBudget
        self.sendBudget = sendBudget
        self.entries = entries
    }

    var counters: StreamingCounters {
        var counters = counted
        (counters.mostHeld, counters.readPauses) = receiveBudget.counters
        counters.mostUnsent = sendBudget.most
        return counters
    }

    var pausesReading: Bool { unsentAnswers > Self.answerLimit || receiveBudget.pausesReading() }

    // MARK: - The connection

    /// The socket is connected: asks for the upgrade.
    func connected(_ link: StreamingLink, request: ByteBuffer, timeout: Duration) {
        guard ending == nil else { return link.closeNow() }
        self.link = link
        schedule(timeout) { self.upgradeTimedOut(after: timeout) }
        send(request)
    }

    func received(_ bytes: ByteBuffer) {
        guard ending == nil else { return }
        counted.bytesReceived += bytes.readableBytes
        machine.append(bytes)
        pump()
    }

    func vanished() {
        defer {
            timer?.cancel()
            // The handler holds this object; without the link they do not hold each other.
            link = nil
            gone.arrive(.success(()))
        }
        guard ending == nil else { return }
        do {
            if let event = try machine.endUpgrade(nil, tls: link?.tlsFacts()) { handle(event) }
            let reason = machine.carrier?.danglingReason
            end(reason.map { StreamingError(.connectionLost, $0) })
        } catch {
            end(error)
        }
    }

    func caught(_ error: any Error) { end(StreamingLink.error(error, isUpgraded: machine.carrier != nil)) }

    func resumeReading() { link?.resumeReading() }

    /// Ends everything: streams, waits and the socket.
    ///
    /// - Parameter error: `nil` when the server ended it in an orderly way.
    func end(_ error: StreamingError?) {
        guard ending == nil else { return }
        finish(error, as: error.map { .failure($0) } ?? .success(.connectionEnded))
        link?.closeNow()
    }

    private func finish(_ error: StreamingError?, as ending: Result<StreamEnding, StreamingError>) {
        let reason = error ?? StreamingError(.closed, "the server has ended the connection")
        self.ending = reason
        timer?.cancel()
        keepAlive?.cancel()
        upgraded.arrive(.failure(reason))
        sendBudget.fail(reason)
        let entries = entries.values
        self.entries = [:]
        for entry in entries {
            entry.sink.ended(ending)
            entry.refuse(reason)
        }
        if link == nil { gone.arrive(.success(())) }
    }

    // MARK: - What the server says

    private func pump() {
        do {
            while ending == nil, let event = try machine.next(tls: { self.link?.tlsFacts() }) { handle(event) }
        } catch {
            end(error)
        }
    }

    private func handle(_ event: ConnectionMachine.Event) {
        switch event {
        case .carrier(let event): handle(event)
        case .upgrade(let verdict):
            timer?.cancel()
            upgraded.arrive(.success(verdict))
            if case .notOffered = verdict { end(nil) }
        }
    }

    private func handle(_ event: CarrierEvent) {
        switch event {
        case .opened(let key):
            entries[key]?.deadline?.cancel()
            entries[key]?.opened.arrive(.success(()))
        case .data(let key, let bytes, let endsMessage):
            do throws(StreamingError) {
                try entries[key]?.sink.received(bytes, endsMessage: endsMessage)
            } catch {
                end(error)
            }
        case .ended(let key, let ending): entries.removeValue(forKey: key)?.sink.ended(.success(ending))
        case .refused(let key, let error): entries.removeValue(forKey: key)?.refuse(error)
        case .answer(let bytes, let kind): answer(bytes, kind)
        case .pong: counted.pongsReceived += 1
        case .farewell(let farewell, let isLast):
            self.farewell = farewell
            if isLast { leave(after: farewell) }
        }
    }

    private func answer(_ bytes: ByteBuffer, _ kind: CarrierEvent.AnswerKind) {
        switch kind {
        case .ping: counted.pingsAnswered += 1
        case .uninvitedStream: counted.uninvitedStreams += 1
        case .close: break
        }
        let count = bytes.readableBytes
        unsentAnswers += count
        send(bytes) {
            self.unsentAnswers -= count
            if self.unsentAnswers <= Self.answerLimit { self.resumeReading() }
        }
    }

    private func leave(after farewell: PeerFarewell) {
        finish(
            farewell.failure,
            as: farewell.failure.map { .failure($0) } ?? .success(.connectionEnded)
        )
        close(after: ByteBuffer())
    }

    // MARK: - What this side says

    func startKeepAlive(every interval: Duration) {
        guard ending == nil else { return }
        keepAlive = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(interval)) {
            if let ping = try? self.machine.send({ (carrier) throws(StreamingError) in carrier.ping() }) {
                self.counted.pingsSent += 1
                self.send(ping)
            }
            self.startKeepAlive(every: interval)
        }
    }

    /// Opens a stream; the entry hears what becomes of it.
    func open(_ headers: [SPDYHeader], _ entry: Entry, timeout: Duration) throws(StreamingError) -> StreamKey {
        if let ending { throw ending }
        var key = StreamKey(0)
        let bytes = try machine.send { (carrier) throws(StreamingError) in
            let made = try carrier.open(headers)
            key = made.key
            return made.bytes
        }
        var entry = entry
        let opened = key
        entry.deadline = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) {
            let text = "the server did not answer a new stream within \(DurationText.render(timeout))"
            self.reset(opened)?.refuse(StreamingError(.timedOut, text))
        }
        entries[key] = entry
        send(bytes)
        return key
    }

    /// Gives a stream up; returns what waited for it.
    private func reset(_ key: StreamKey) -> Entry? {
        guard ending == nil else { return nil }
        if let bytes = try? machine.send({ (carrier) throws(StreamingError) in try carrier.reset(key) }) { send(bytes) }
        return entries.removeValue(forKey: key)
    }

    /// Tells the server that nothing more is wanted of a stream, in either direction.
    func giveUp(_ key: StreamKey) throws(StreamingError) {
        if let ending { throw ending }
        send(try machine.send { (carrier) throws(StreamingError) in try carrier.reset(key) })
        entries.removeValue(forKey: key)?.refuse(StreamingError(.closed, "the stream was reset by this side"))
    }

    /// Sends what the carrier makes; the bytes are on their way when `onSent` is called, or lost.
    func send(
        _ make: (inout any Carrier) throws(StreamingError) -> ByteBuffer,
        onSent: @escaping () -> Void
    ) throws(StreamingError) {
        if let ending { throw ending }
        send(try machine.send(make), onSent: onSent)
    }

    private func send(_ bytes: ByteBuffer, onSent: @escaping () -> Void = {}) {
        guard let link else { return onSent() }
        counted.bytesSent += bytes.readableBytes
        link.send(bytes, onSent: onSent)
    }

    /// Takes leave, and closes the socket when the goodbye is sent or `patience` is over.
    func close(patience: Duration) {
        let bytes = ending == nil ? try? machine.send { (carrier) throws(StreamingError) in carrier.farewell() } : nil
        if ending == nil {
            let error = StreamingError(.closed, "the connection was closed by this side")
            finish(error, as: .failure(error))
        }
        // Of a socket that is gone there is nothing to wait for: the timer would keep this object and its buffers alive.
        guard link != nil else { return }
        schedule(patience) { self.link?.closeNow() }
        close(after: bytes ?? ByteBuffer())
    }

    /// Closes the socket without a word, as a client that dies.
    func drop(resetting: Bool) {
        let error = StreamingError(.closed, "the connection was dropped by this side")
        if ending == nil { finish(error, as: .failure(error)) }
        if resetting { link?.resetOnClose() }
        link?.closeNow()
    }

    private func close(after bytes: ByteBuffer) {
        guard let link else { return }
        counted.bytesSent += bytes.readableBytes
        link.send(bytes) { link.close() }
    }

    // MARK: - Time

    private func upgradeTimedOut(after timeout: Duration) {
        let text = "the server did not answer the upgrade within \(DurationText.render(timeout))"
        do {
            if let event = try machine.endUpgrade(StreamingError(.timedOut, text), tls: link?.tlsFacts()) {
                handle(event)
            }
        } catch {
            end(error)
        }
    }

    private func schedule(_ delay: Duration, _ body: @escaping () -> Void) {
        timer?.cancel()
        timer = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay), body)
    }
}
