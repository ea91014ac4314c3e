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

    /// Creates a configuration.
    public init(path: String, maxBytes: Int = 64 << 20, generations: Int = 3) {
        self.path = path
        self.maxBytes = max(4096, maxBytes)
        self.generations = max(0, generations)
    }
}

/// Writes lines to a file that rotates. Never makes a call wait: lines gather in memory and a thread of its own writes
/// them; when it cannot keep up, lines are dropped and counted.
final class Ledger: Sendable {
    /// So many bytes wait to be written at most.
    static let waitingLimit = 4 << 20
    /// Lines wait this long for others to be written with.
    private static let delay = TimeAmount.milliseconds(100)

    private struct State {
        var waiting = ByteBuffer()
        var isScheduled = false
        var dropped = 0
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

    /// How many lines were dropped.
    var dropped: Int { state.withLock { $0.dropped } }

    func append(_ record: CallRecord) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let wall = UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
        let mustSchedule = state.withLock { state in
            guard state.waiting.readableBytes < Self.waitingLimit else {
                state.dropped += 1
                return false
            }
            LedgerLine.write(record, wall: wall, into: &state.waiting)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { eventLoop.scheduleTask(in: Self.delay) { self.write() } }
    }

    /// Writes what waits and closes the file. Nothing may be appended any more.
    func close() async {
        let rest = takeWaiting()
        try? await threads.runIfActive {
            self.file.write(rest)
            self.file.close()
        }
        try? await threads.shutdownGracefully()
    }

    private func write() {
        let lines = takeWaiting()
        threads.submit { _ in self.file.write(lines) }
    }

    private func takeWaiting() -> ByteBuffer {
        state.withLock { state in
            defer {
                state.waiting = ByteBuffer()
                state.isScheduled = false
            }
            return state.waiting
        }
    }
}
