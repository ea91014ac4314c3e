import Crypto

/// How much slower than an ordinary machine this one is.
///
/// Upper bounds of time in cases are written for an ordinary machine and are stretched by this factor; lower bounds
/// never are. It is measured twice, as work done and as how late a timer fires, and the worse of both counts.
public enum Slack {
    /// Hashing this much takes an ordinary machine `ordinaryHashing`.
    private static let hashedBytes = 16 << 20
    private static let ordinaryHashing = Duration.milliseconds(60)
    /// A timer on an ordinary machine fires at most so late.
    private static let ordinaryLateness = Duration.milliseconds(4)
    /// No machine is taken to be slower than this.
    private static let limit = 20.0

    /// Measures the factor, at least 1, rounded to a tenth; takes a fraction of a second.
    public static func measure() async -> Double {
        let clock = ContinuousClock()
        let block = [UInt8](repeating: 0x5a, count: 1 << 20)
        let hashing = clock.measure {
            var hash = SHA256()
            for _ in 0..<(hashedBytes / block.count) { hash.update(data: block) }
            _ = hash.finalize()
        }
        var lateness: [Duration] = []
        for _ in 0..<20 {
            let start = clock.now
            try? await Task.sleep(for: .milliseconds(1), clock: clock)
            lateness.append(start.duration(to: clock.now) - .milliseconds(1))
        }
        lateness.sort()
        let worst = max(hashing / ordinaryHashing, lateness[lateness.count / 2] / ordinaryLateness)
        return min(limit, max(1, (worst * 10).rounded() / 10))
    }
}
