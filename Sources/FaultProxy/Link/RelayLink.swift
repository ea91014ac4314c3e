internal import FaultModel
internal import NIOCore

/// One client connection and its runtime connection: takes the bytes of either end and says which bytes go to the
/// other. Pure: it knows no socket, no event loop and no clock but the times it is given.
///
/// With nothing to interfere with it is byte-transparent (relay-contract 13): frames are looked at and pass in the
/// buffers they came in. It sends no SETTINGS, preface or PING of its own (relay-contract 1).
///
/// Its memory is bounded by what the two ends may have open: one ``HeaderBlock`` and less than one frame a direction,
/// and one small record for each open stream, at most ``openStreamLimit``.
final class RelayLink {
    /// What the connection turned out to carry.
    enum Mode {
        /// The client's preface is not complete.
        case undecided
        case http2
        /// Not HTTP/2, or HTTP/2 that the relay cannot follow: copied as bytes, both ways, for good
        /// (relay-contract 2).
        case bytes
    }

    /// Further streams pass like the others, without a record.
    static let openStreamLimit = 65_536
    /// A control frame that is larger is none that HTTP/2 peers send each other.
    static let controlFrameLimit = 1 << 20

    let request = LinkHalf(.request)
    let response = LinkHalf(.response)
    private(set) var mode = Mode.undecided
    private var preface = Preface()
    /// The calls that run.
    var calls: [UInt32: CallRecord] = [:]
    let observer: any LinkObserver
    /// The time given with the bytes that are being looked at, in nanoseconds.
    var now: UInt64 = 0

    init(observer: any LinkObserver = SilentObserver()) { self.observer = observer }

    func half(_ direction: Direction) -> LinkHalf { direction == .request ? request : response }

    /// Takes in bytes from the sender of a direction.
    func receive(_ bytes: ByteBuffer, _ direction: Direction, at now: UInt64) {
        self.now = now
        let half = half(direction)
        half.input.begin(bytes)
        if mode == .undecided, direction == .request { inspectPreface() }
        if mode == .bytes {
            half.input.passAll()
        } else {
            // Of a client whose preface is not complete there is nothing to look at yet. A runtime may speak first.
            if mode == .http2 || direction == .response { lookAtFrames(half) }
        }
        half.flushRun()
        half.input.end()
    }

    /// The connection is over: no call on it will be answered any more.
    func close(at now: UInt64) {
        for stream in calls.keys.sorted() { endCall(stream, .lost, at: now) }
    }

    private func inspectPreface() {
        let length = preface.inspect(request.input.rest)
        request.input.pass(length)
        switch preface.state {
        case .undecided: break
        case .http2: mode = .http2
        case .other: becomeBytes()
        }
    }

    /// Gives up following the connection: from here on it is copied.
    func becomeBytes() {
        mode = .bytes
        for half in [request, response] { half.input.passAll() }
    }

    private func lookAtFrames(_ half: LinkHalf) {
        while mode != .bytes {
            if half.input.streaming > 0 {
                guard half.input.continueStreaming() else { return }
                continue
            }
            guard let header = half.input.nextHeader else { return }
            if passesUnseen(header, half) {
                half.input.stream(header)
                continue
            }
            guard header.length <= Self.controlFrameLimit else {
                becomeBytes()
                return
            }
            guard let payload = half.input.payload(of: header) else { return }
            if take(header, payload, half) {
                half.input.pass(FrameHeader.size + header.length)
            } else {
                half.flushRun()
                half.input.skip(FrameHeader.size + header.length)
            }
        }
    }

    /// Whether a frame may pass before all of it is there.
    private func passesUnseen(_ header: FrameHeader, _ half: LinkHalf) -> Bool {
        switch header.type {
        case .data:
            half.flow.deliver(header.length)
            if header.endsStream { streamEnded(header.stream, half) }
            return true
        case .headers, .continuation, .pushPromise, .settings, .windowUpdate, .ping, .goAway, .reset: return false
        default: return true
        }
    }
}

/// What hears of the calls on a link. It is called on the link's own event loop and must not block.
protocol LinkObserver: Sendable {
    func callEnded(_ record: CallRecord)
}

/// Hears nothing.
struct SilentObserver: LinkObserver {
    func callEnded(_ record: CallRecord) {}
}
