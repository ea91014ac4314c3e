internal import FaultModel

/// How many bytes may go now, for a direction that is to be slow.
struct TokenBucket: Equatable {
    private let bytesPerSecond: UInt64
    private let chunk: UInt64
    /// When the next chunk may go, in nanoseconds.
    private var next: UInt64

    init(_ bandwidth: Bandwidth, now: UInt64) {
        bytesPerSecond = UInt64(max(1, bandwidth.bytesPerSecond))
        chunk = UInt64(max(1, bandwidth.chunk))
        next = now
    }

    /// How many of these bytes may go now; zero when it is not time yet. They count as gone.
    mutating func take(_ wanted: Int, at now: UInt64) -> Int {
        guard wanted > 0, now >= next else { return 0 }
        let count = min(UInt64(wanted), chunk)
        // From now, not from `next`: what was not used is not saved up.
        let (product, overflows) = count.multipliedReportingOverflow(by: 1_000_000_000)
        next = now &+ (overflows ? 1_000_000_000 : max(1, product / bytesPerSecond))
        return Int(count)
    }

    /// When more may go.
    var ready: UInt64 { next }
}
