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
