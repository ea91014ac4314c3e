import Histogram

/// Durations of one way of doing something, in nanoseconds.
struct Samples {
    private var histogram = Histogram<UInt64>(
        highestTrackableValue: 600_000_000_000,
        numberOfSignificantValueDigits: .three
    )

    mutating func add(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        histogram.record(UInt64(max(1, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)))
    }

    var count: UInt64 { histogram.totalCount }

    func microseconds(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1000 }

    /// `p50 210 us, p99 410 us`
    var text: String {
        "p50 \(Int(microseconds(50))) us, p90 \(Int(microseconds(90))) us, p99 \(Int(microseconds(99))) us (\(count))"
    }
}
