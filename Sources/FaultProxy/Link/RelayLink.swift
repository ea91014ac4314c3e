internal import FaultModel
internal import NIOCore

/// One client connection and its runtime connection: takes the bytes of either end and says which bytes go to the
/// other. Pure: it knows no socket, no event loop and no clock but the times it is given.
///
/// With nothing to interfere with it is byte-transparent (relay-contract 13): frames are looked at and pass in the
/// buffers they came in. It sends no SETTINGS, preface or PING of its own (relay-contract 1).
///
/// Its memory is bounded: one ``HeaderBlock`` and less than one frame a direction, a small record for each open
/// stream (at most ``openStreamLimit``), and what it holds back for faults (``heldLimit``, beyond which the senders'
/// windows close).
final class RelayLink {
    /// What the connection turned out to carry.
    enum Mode {
        /// The client's preface is not complete.
        case undecided
        case http2
        /// Not HTTP/2, or HTTP/2 that the relay cannot follow: copied as bytes, both ways, for good
        /// (relay-contract 2).
        case bytes
        /// Everything is taken and nothing passed on, until the rule that wants it so has ended.
        case blackhole
        /// One end broke the protocol in a way that cannot be passed on any more.
        case failed
    }

    /// Something its owner has to do for it.
    enum Command {
        /// Close both ends after what was written.
        case close
        /// Send a request once more on another connection to the runtime.
        case duplicate(DuplicateRequest)
        /// Close this connection, or all that a rule is about.
        case drop(Drop, CallFacts.Connection?)
        /// The first call has told which of kubelet's connections this is.
        case identified
    }

    /// Further streams pass like the others, without a record.
    static let openStreamLimit = 65_536
    /// A control frame that is larger is none that HTTP/2 peers send each other.
    static let controlFrameLimit = 1 << 20
    /// When so much is held back, senders get no more credit for what is.
    static let heldLimit = 64 << 20
    /// So many calls may go on in the runtime after their clients gave up (relay-contract 9).
    static let abandonedLimit = 16
    /// When so many calls do not just pass, further ones do.
    static let exchangeLimit = 16_384
    /// So many calls wait at most for the message of one before them.
    static let openingLimit = 1024
    /// A call's headers wait no longer than this for its message (relay-contract 4).
    static let openingWait: UInt64 = 1_000_000_000

    let request = LinkHalf(.request)
    let response = LinkHalf(.response)
    var mode = Mode.undecided
    /// The last stream that the client has been told is served; `nil` before a GOAWAY.
    var lastServed: UInt32?
    /// The rule that made a black hole of it.
    var blackholeRule: String?
    private var preface = Preface()
    /// The calls that run, for the record.
    var calls: [UInt32: CallRecord] = [:]
    /// The calls that do not just pass.
    var exchanges: [UInt32: Exchange] = [:]
    /// Calls whose headers wait their turn, in the order they came (relay-contract 4).
    var openings = CircularBuffer<UInt32>()
    var isOpening = false
    var dead = DeadStreams()
    /// Exchanges that something happened to since they were last looked after.
    var touched = CircularBuffer<Exchange>()
    /// What is to be told to faults and done for them, in order.
    var pending = CircularBuffer<PendingStep>()
    var timers = TimerQueue()
    var commands: [Command] = []
    var pings = PingLedger()
    /// Which of kubelet's connections this is, by the first service called on it.
    var kind: CallFacts.Connection?
    /// The GOAWAY under way.
    var goingAway: GoAwayState?
    /// Its number, for the record.
    let number: Int
    let decider: any FaultDecider
    let observer: any LinkObserver
    /// The time given with what is being looked at, in nanoseconds.
    var now: UInt64 = 0

    init(
        number: Int = 0,
        decider: any FaultDecider = NoRules(),
        observer: any LinkObserver = SilentObserver()
    ) {
        self.number = number
        self.decider = decider
        self.observer = observer
    }

    func half(_ direction: Direction) -> LinkHalf { direction == .request ? request : response }

    // MARK: - From its owner

    /// Takes in bytes from the sender of a direction.
    func receive(_ bytes: ByteBuffer, _ direction: Direction, at now: UInt64) {
        self.now = now
        let half = half(direction)
        switch mode {
        case .blackhole, .failed: return
        case .undecided, .http2, .bytes: half.input.begin(bytes)
        }
        if mode == .undecided, direction == .request { inspectPreface() }
        // Of a client whose preface is not complete there is nothing to look at yet. A runtime may speak first.
        if mode == .http2 || (mode == .undecided && direction == .response) { lookAtFrames(half) }
        if mode == .bytes { half.input.passAll() }
        half.flushRun()
        half.input.end()
        settle()
    }

    /// The earliest time it wants to be called back at; it may have no need of it any more then.
    var nextTimer: UInt64? { timers.next }

    /// Time has passed.
    func tick(at now: UInt64) {
        self.now = now
        while let key = timers.takeDue(at: now) {
            // What is held goes through a black hole no more than what comes: it dies with the connection.
            if mode == .blackhole, key != Self.blackholeTimer { continue }
            timerFired(key)
        }
        takeSteps()
        settle()
    }

    /// Whether calls run, as far as it keeps count.
    var isIdle: Bool { calls.isEmpty && exchanges.isEmpty }

    /// The connection is over: no call on it will be answered any more, and what is held dies with it.
    func close(at now: UInt64) {
        self.now = now
        for exchange in exchanges.values { for decision in exchange.decisions { decider.ended(decision) } }
        // What came of a call is asked of what is known of it.
        for stream in calls.keys.sorted() { endCall(stream, .lost) }
        exchanges = [:]
    }

    // MARK: - Frames

    private func inspectPreface() {
        let length = preface.inspect(request.input.rest)
        request.input.pass(length)
        switch preface.state {
        case .undecided: break
        case .http2: mode = .http2
        case .other: becomeBytes(whileLookingAt: request)
        }
    }

    private func lookAtFrames(_ half: LinkHalf) {
        while mode == .http2 || mode == .undecided {
            if half.input.streaming > 0 {
                guard half.input.continueStreaming() else { return }
                continue
            }
            guard let header = half.input.nextHeader else { return }
            if passesUnseen(header, half) {
                half.input.stream(header)
                continue
            }
            guard header.length <= max(Self.controlFrameLimit, half.receiver.maxFrameSize) else {
                lost(half)
                return
            }
            guard let payload = half.input.payload(of: header) else { return }
            if take(header, payload, half) {
                half.input.pass(FrameHeader.size + header.length)
            } else {
                half.flushRun()
                half.input.skip(FrameHeader.size + header.length)
            }
            takeSteps()
        }
    }

    /// Whether a frame may pass before all of it is there.
    private func passesUnseen(_ header: FrameHeader, _ half: LinkHalf) -> Bool {
        switch header.type {
        case .data:
            guard half.isTransparent, exchanges.isEmpty || exchanges[header.stream] == nil,
                dead.isEmpty || !dead.contains(header.stream)
            else { return false }
            half.flow.deliver(header.length)
            if half.direction == .response { pings.runtimeSpoke() }
            if header.endsStream { ordinaryStreamEnded(header.stream, half) }
            return true
        case .headers, .continuation, .pushPromise, .settings, .windowUpdate, .ping, .goAway, .reset: return false
        default: return true
        }
    }

    /// The relay cannot follow a direction any further. Without interference so far it copies from here on; with it
    /// there is no way on.
    func lost(_ half: LinkHalf) {
        let isClean = [request, response].allSatisfy { !$0.isLiteral && $0.isTransparent }
        guard exchanges.isEmpty, dead.isEmpty, isClean else {
            fail()
            return
        }
        becomeBytes(whileLookingAt: half)
    }

    private func becomeBytes(whileLookingAt half: LinkHalf) {
        mode = .bytes
        // What was kept for the rest of its frame or block will not be looked at any more.
        for half in [request, response] {
            guard let frames = half.block?.frames else { continue }
            half.flushRun()
            half.output.pass(frames, isBroken: false)
            half.block = nil
        }
        let other = self.half(half.direction.opposite)
        other.input.begin(ByteBuffer())
        other.input.passAll()
        other.flushRun()
        other.input.end()
    }

    func fail() {
        mode = .failed
        commands.append(.close)
    }
}

/// What hears of the calls on a link. It is called on the link's own event loop and must not block.
protocol LinkObserver: Sendable {
    func callEnded(_ record: CallRecord)

    /// Rules about connections had a connection, by its number; what they only would have done included.
    func connectionStruck(_ number: Int, _ decisions: [Decision])

    /// Puts somebody between the ends of the session that a URL leads to.
    ///
    /// - Returns: the URL that leads there; `nil` when nobody can.
    func openSession(_ url: String, _ fault: ByteFault, _ decision: Decision) -> String?
}

extension LinkObserver {
    func connectionStruck(_ number: Int, _ decisions: [Decision]) {}
    func openSession(_ url: String, _ fault: ByteFault, _ decision: Decision) -> String? { nil }
}

/// Hears nothing.
struct SilentObserver: LinkObserver {
    func callEnded(_ record: CallRecord) {}
}

/// A request to be sent once more.
struct DuplicateRequest {
    let headers: HeaderList
    let message: ByteBuffer
    /// How long to wait before.
    let gap: Duration
    /// The rule that wants it, and when its time is over.
    let rule: String
    let end: Duration
}

/// Something to be told to a fault or done for one.
enum PendingStep {
    case event(Exchange, CallEvent)
    case actions(Exchange, [CallAction])
}
