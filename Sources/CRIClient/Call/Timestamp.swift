internal import Glibc

/// A moment, by both clocks: the wall's to show, the monotonic one to subtract.
public struct Timestamp: Sendable, Hashable, Codable {
    /// Nanoseconds since 1970-01-01 UTC.
    public let wallNanoseconds: Int64
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    public let monotonicNanoseconds: Int64

    /// Creates a moment from its two readings.
    public init(wallNanoseconds: Int64, monotonicNanoseconds: Int64) {
        self.wallNanoseconds = wallNanoseconds
        self.monotonicNanoseconds = monotonicNanoseconds
    }

    /// This moment.
    public static func now() -> Timestamp {
        Timestamp(wallNanoseconds: read(CLOCK_REALTIME), monotonicNanoseconds: read(CLOCK_MONOTONIC))
    }

    /// The monotonic time from an earlier moment to this one.
    public func since(_ earlier: Timestamp) -> Duration {
        .nanoseconds(monotonicNanoseconds &- earlier.monotonicNanoseconds)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
