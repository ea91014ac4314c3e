import FaultModel
import Testing

struct DelayDistributionTests {
    private static func samples(_ distribution: DelayDistribution, count: Int = 20_000) -> [Duration] {
        (0..<count).map { index in
            var draws = Draws(UInt64(index))
            return distribution.sample(&draws)
        }.sorted()
    }

    @Test func `The same draws give the same length`() {
        let distribution = DelayDistribution.lognormal(median: .milliseconds(300), p99: .seconds(20))
        var one = Draws(42)
        var other = Draws(42)
        #expect((0..<10).map { _ in distribution.sample(&one) } == (0..<10).map { _ in distribution.sample(&other) })
    }

    @Test func `A uniform length lies between its bounds and is spread over all of them`() {
        let samples = Self.samples(.uniform(.milliseconds(500), .milliseconds(50)))
        #expect(samples.allSatisfy { (.milliseconds(50)...Duration.milliseconds(500)).contains($0) })
        let middle = samples[samples.count / 2]
        #expect((.milliseconds(268)...Duration.milliseconds(282)).contains(middle))
    }

    @Test func `A lognormal length has the median and the 99th percentile it was given`() {
        let samples = Self.samples(.lognormal(median: .milliseconds(300), p99: .seconds(20)))
        let median = samples[samples.count / 2] / .milliseconds(300)
        let p99 = samples[samples.count * 99 / 100] / .seconds(20)
        #expect((0.95...1.05).contains(median))
        #expect((0.8...1.25).contains(p99))
    }

    @Test func `A normal length is never negative and has its mean`() {
        let samples = Self.samples(.normal(mean: .milliseconds(100), deviation: .milliseconds(30)))
        #expect(samples.allSatisfy { $0 >= .zero })
        let mean = samples.reduce(Duration.zero, +) / samples.count
        #expect((.milliseconds(99)...Duration.milliseconds(101)).contains(mean))
    }

    @Test(arguments: [
        DelayDistribution.fixed(.seconds(1 << 40)), .uniform(.seconds(1 << 40), .seconds(1 << 41)),
        .normal(mean: .seconds(1 << 40), deviation: .zero),
        .lognormal(median: .nanoseconds(1), p99: .seconds(1 << 40)),
        .lognormal(median: .seconds(1 << 40), p99: .seconds(1 << 41)), .lognormal(median: .zero, p99: .seconds(1)),
        .normal(mean: .seconds(-5), deviation: .seconds(1)), .fixed(.seconds(-1)),
    ])
    func `No length is negative or beyond an hour`(distribution: DelayDistribution) {
        let samples = Self.samples(distribution, count: 2000)
        #expect(samples.allSatisfy { ($0 >= .zero) && ($0 <= DelayDistribution.limit) })
    }
}
