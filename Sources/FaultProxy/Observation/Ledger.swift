internal import FaultModel
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Where the relay writes down every call (relay-contract 24).
public struct LedgerConfiguration: Sendable {
    /// The file.
    public var path: String
    /// When it is larger, it is renamed to `path.1` and begun anew.
    public var maxBytes: Int
    /// How many renamed ones are kept.
    public var generations: Int
    /// The first line of what this relay writes, and of every file it begins; none when it is `nil`.
    public var header: LedgerHeader?

    /// Creates a configuration.
    public init(path: String, maxBytes: Int = 64 << 20, generations: Int = 3, header: LedgerHeader? = nil) {
        self.path = path
        self.maxBytes = max(4096, maxBytes)
        self.generations = max(0, generations)
        self.header = header
    }
}

/// What became of the lines of a ledger. Those that wait to be written are in none of the counts.
public struct LedgerReport: Sendable, Hashable {
    /// Lines in the file, or in one it was before.
    public var written = 0
    /// Lines dropped because the writer could not keep up.
    public var dropped = 0
    /// Lines lost because the file could not be written.
    public var failed = 0
    /// Why the last ones could not, if any.
    public var lastError: String?
}

/// Writes lines to a file that rotates. Never makes a call wait: lines gather in memory and a thread of its own writes
/// them; when it cannot keep up, lines are dropped and counted.
final class Ledger: Sendable {
    /// So many bytes wait to be written at most, and as many are being written.
    static let waitingLimit = 4 << 20
    /// Lines wait this long for others to be written with.
    private static let delay = TimeAmount.milliseconds(100)

    private struct State {
        var waiting = ByteBuffer()
        var lines = 0
        /// Whether a write is planned or at work: a disk that stands still must not gather one after the other.
        var isScheduled = false
        var report = LedgerReport()
    }

    private let file: LedgerFile
    private let eventLoop: any EventLoop
    private let threads: NIOThreadPool
    private let state = Mutex(State())

    /// - Throws: ``SocketError`` when the file cannot be opened.
    init(_ configuration: LedgerConfiguration, on eventLoop: any EventLoop) throws(SocketError) {
        file = try LedgerFile(configuration)
        self.eventLoop = eventLoop
        threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
    }

    /// What became of the lines so far.
    var report: LedgerReport { state.withLock { $0.report } }

    /// How many lines were dropped.
    var dropped: Int { report.dropped }

    func append(_ record: CallRecord) { append { LedgerLine.write(record, wall: $0, into: &$1) } }

    func append(_ record: SessionRecord) { append { LedgerLine.write(record, wall: $0, into: &$1) } }

    func append(_ decisions: [Decision], connection: Int) {
        append { LedgerLine.write(decisions, connection: connection, wall: $0, into: &$1) }
    }

    private func append(_ write: (_ wall: UInt64, inout ByteBuffer) -> Void) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let wall = UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
        let mustSchedule = state.withLock { state in
            guard state.waiting.readableBytes < Self.waitingLimit else {
                state.report.dropped += 1
                return false
            }
            write(wall, &state.waiting)
            state.lines += 1
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { schedule() }
    }

    /// Writes what waits and closes the file. Nothing may be appended any more.
    func close() async {
        try? await threads.runIfActive {
            self.writeWaiting()
            self.file.close()
        }
        try? await threads.shutdownGracefully()
    }

    private func schedule() {
        eventLoop.scheduleTask(in: Self.delay) {
            self.threads.submit { state in
                guard case .active = state else { return }
                self.writeWaiting()
                let isMore = self.state.withLock { state in
                    state.isScheduled = state.lines > 0
                    return state.isScheduled
                }
                if isMore { self.schedule() }
            }
        }
    }

    private func writeWaiting() {
        let (bytes, lines) = state.withLock { state in
            defer {
                state.waiting = ByteBuffer()
                state.lines = 0
            }
            return (state.waiting, state.lines)
        }
        let outcome = file.write(bytes, lines: lines)
        state.withLock { state in
            state.report.written += outcome.written
            state.report.failed += lines - outcome.written
            state.report.lastError = outcome.error ?? state.report.lastError
        }
    }
}
