internal import Glibc

/// How long a delay takes.
public enum DelayDistribution: Sendable, Hashable {
    /// Always the same.
    case fixed(Duration)
    /// Any length from the first to the second, all equally likely.
    case uniform(Duration, Duration)
    /// Normal with this mean and standard deviation; lengths below zero become zero.
    case normal(mean: Duration, deviation: Duration)
    /// Lognormal, given as what people measure: half are shorter than `median`, one in a hundred is longer than `p99`.
    case lognormal(median: Duration, p99: Duration)

    /// No delay is longer, whatever the tail of its distribution: rules end sooner.
    public static let limit = Duration.seconds(3600)

    /// The 99th percentile of the standard normal distribution.
    private static let normalP99 = 2.326_347_874_040_841

    /// A length; the same draws give the same one.
    public func sample(_ draws: inout Draws) -> Duration {
        switch self {
        case .fixed(let duration): return Self.clamp(duration)
        case .uniform(let first, let second):
            let (low, high) = (min(first, second), max(first, second))
            return Self.clamp(low + (high - low) * draws.unit())
        case .normal(let mean, let deviation):
            return Self.clamp(mean + deviation * Self.normal(&draws))
        case .lognormal(let median, let p99):
            guard median > .zero, p99 > median else { return Self.clamp(median) }
            let sigma = log(p99 / median) / Self.normalP99
            let factor = exp(sigma * Self.normal(&draws))
            // A far tail must not pass what a duration can hold.
            return factor > Self.limit / median ? Self.limit : Self.clamp(median * factor)
        }
    }

    /// The polar form needs a loop; this one takes exactly two draws, so later ones keep their place.
    private static func normal(_ draws: inout Draws) -> Double {
        let radius = (-2 * log(1 - draws.unit())).squareRoot()
        return radius * cos(2 * .pi * draws.unit())
    }

    private static func clamp(_ duration: Duration) -> Duration { min(max(.zero, duration), limit) }
}
