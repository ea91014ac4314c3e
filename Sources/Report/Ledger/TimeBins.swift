/// Counts over time in a bounded number of equal bins that become wider as more time is covered.
///
/// Times may come in any order, and a clock that was set leaves a gap and no error.
struct TimeBins {
    /// What happened in one bin.
    struct Counts: Equatable {
        /// Calls that no rule touched.
        var plain = 0
        /// Calls that a rule touched and whose client got OK.
        var survived = 0
        /// Calls that a rule touched and whose client got something else, or nothing.
        var failed = 0
    }

    /// No more bins than these.
    static let limit = 120

    /// How many milliseconds a bin covers; a power of two, so that two bins make one of the next width.
    private(set) var width: Int64 = 1
    private(set) var first: Int64 = 0
    private(set) var last: Int64 = 0
    private var isEmpty = true

    /// The bin of a time in milliseconds, in units of ``width``, after making room for it.
    mutating func bin(_ time: Double) -> Int64 {
        let time = Int64(time)
        if isEmpty {
            isEmpty = false
            (first, last) = (time, time)
        }
        var bin = time / width
        (first, last) = (min(first, bin), max(last, bin))
        while last - first >= Int64(Self.limit) {
            width *= 2
            (first, last, bin) = (first / 2, last / 2, bin / 2)
        }
        return bin
    }
}

/// One row over bins that ``TimeBins`` numbers: rescaled lazily, when it is added to or read.
struct BinnedCounts {
    private var counts: [Int64: TimeBins.Counts] = [:]
    private var width: Int64 = 1

    mutating func add(_ bin: Int64, width: Int64, _ change: (inout TimeBins.Counts) -> Void) {
        rescale(to: width)
        change(&counts[bin, default: TimeBins.Counts()])
    }

    /// The counts by bin.
    func counts(width: Int64) -> [Int64: TimeBins.Counts] {
        var copy = self
        copy.rescale(to: width)
        return copy.counts
    }

    private mutating func rescale(to width: Int64) {
        while self.width < width {
            self.width *= 2
            var merged: [Int64: TimeBins.Counts] = [:]
            for (bin, value) in counts {
                merged[bin / 2, default: TimeBins.Counts()].plain += value.plain
                merged[bin / 2, default: TimeBins.Counts()].survived += value.survived
                merged[bin / 2, default: TimeBins.Counts()].failed += value.failed
            }
            counts = merged
        }
    }
}
