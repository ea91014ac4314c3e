internal import CRICatalog
internal import CRIClient
internal import Histogram

/// How the calls of one method went.
public struct CallTally: Sendable {
    /// A latency beyond this, in nanoseconds, is told as this: ten minutes.
    private static let longest: UInt64 = 600_000_000_000

    private var histogram = Histogram<UInt64>(
        highestTrackableValue: longest,
        numberOfSignificantValueDigits: .three
    )
    /// The codes of calls that failed, by name.
    public private(set) var errors: [String: Int] = [:]
    /// Failures that kubelet takes for an answer: what the runtime does not have, and what is gone since the list.
    public private(set) var tolerated: [String: Int] = [:]

    /// How many calls have ended.
    public var count: Int { Int(clamping: histogram.totalCount) }

    mutating func add(_ elapsed: Duration) {
        let (seconds, attoseconds) = elapsed.components
        let nanoseconds = UInt64(clamping: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        histogram.record(min(max(1, nanoseconds), Self.longest))
    }

    mutating func fail(_ code: String, isTolerated: Bool) {
        if isTolerated { tolerated[code, default: 0] += 1 } else { errors[code, default: 0] += 1 }
    }

    /// In microseconds, to three digits.
    public func microseconds(_ percentile: Double) -> Double {
        Double(histogram.valueAtPercentile(percentile)) / 1000
    }
}
