import Crypto
import SuiteLanguage
import Synchronization

/// What came through one direction of a stream: all of it as a number and a digest, the beginning as bytes.
final class ReceivedBytes: Sendable {
    /// The most that is kept, 4 MiB: what is longer is compared by its digest.
    private static let limit = 4 << 20

    private struct State {
        var kept: [UInt8] = []
        var count = 0
        var hash = SHA256()
        var isOver = false
        var holds: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    func add(_ bytes: [UInt8]) {
        state.withLock { state in
            state.count += bytes.count
            state.hash.update(data: bytes)
            if state.kept.count < Self.limit { state.kept += bytes.prefix(Self.limit - state.kept.count) }
        }
    }

    /// Nothing comes any more.
    func end() { state.withLock { $0.isOver = true } }

    var count: Int { state.withLock { $0.count } }

    var isOver: Bool { state.withLock { $0.isOver } }

    /// The bytes; `nil` when there are more than are kept.
    var bytes: [UInt8]? { state.withLock { $0.count == $0.kept.count ? $0.kept : nil } }

    /// What is kept of them.
    var beginning: [UInt8] { state.withLock { $0.kept } }

    /// The same as text.
    var text: String { String(decoding: beginning, as: UTF8.self) }

    /// In hexadecimal digits.
    var sha256: String { state.withLock { Digest.hex($0.hash.finalize()) } }

    /// Looks at what came, and again whenever more has come or nothing more can, until it is as wanted.
    ///
    /// - Parameters:
    ///   - deadline: when what came is looked at for the last time.
    ///   - isAsWanted: looks at it.
    /// - Returns: whether it became so.
    /// - Throws: `CancellationError`; one who is cancelled is not told that something was missing.
    func wait(until deadline: ContinuousClock.Instant, for isAsWanted: () -> Bool) async throws -> Bool {
        while true {
            // Taken before the look, so that what comes during it is looked at too.
            let (seen, isLast) = state.withLock { ($0.count, $0.isOver || .now >= deadline) }
            if isAsWanted() { return true }
            try Task.checkCancellation()
            if isLast { return false }
            while count == seen, !isOver, .now < deadline { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    /// Whoever reads waits until then.
    func pause(until instant: ContinuousClock.Instant) { state.withLock { $0.holds = instant } }

    /// How long reading has to wait now; `nil` when it may go on.
    var pausedUntil: ContinuousClock.Instant? {
        state.withLock { state in
            guard let instant = state.holds, instant > .now else { return nil }
            return instant
        }
    }
}
