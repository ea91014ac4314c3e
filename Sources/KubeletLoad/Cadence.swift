/// How regularly a trigger came, against how it would have come had the runtime answered at once.
public struct Cadence: Sendable, Hashable {
    /// What kubelet waits between the end of one and the beginning of the next.
    public let period: Duration
    /// How many have ended.
    public private(set) var count = 0
    /// How many of them succeeded in all their calls.
    public private(set) var succeeded = 0
    /// The longest time from the beginning of one to that of the next, or to the end of the measurement.
    public private(set) var longest = Duration.zero
    /// The longest time without a success.
    public private(set) var longestWithoutSuccess = Duration.zero
    /// All the time that calls took.
    public private(set) var busy = Duration.zero

    private var beginnings = 0
    private var began: Duration?
    private var lastSuccess = Duration.zero
    private var first: Duration?
    private var last: Duration?

    init(period: Duration) { self.period = period }

    /// One begins, at a time since the beginning of the measurement.
    mutating func begin(at time: Duration) {
        beginnings += 1
        if let last { longest = max(longest, time - last) }
        first = first ?? time
        last = time
        began = time
    }

    /// The one that began has ended.
    ///
    /// - Returns: when the next is due.
    mutating func end(at time: Duration, succeeded isSuccess: Bool) -> Duration {
        count += 1
        if let began { busy += time - began }
        began = nil
        if isSuccess {
            succeeded += 1
            longestWithoutSuccess = max(longestWithoutSuccess, time - lastSuccess)
            lastSuccess = time
        }
        return time + period
    }

    /// The measurement is over.
    mutating func close(at time: Duration) {
        longestWithoutSuccess = max(longestWithoutSuccess, time - lastSuccess)
        // Whatever is still waited for has taken that long already.
        if began != nil, let last { longest = max(longest, time - last) }
    }

    /// The mean time between beginnings; `nil` before the second.
    public var interval: Duration? {
        // The last one that began need not have ended.
        guard beginnings > 1, let first, let last, last > first else { return nil }
        return (last - first) / (beginnings - 1)
    }
}
