import Testing

@testable import KubeletLoad

struct CadenceTests {
    @Test func `The next is due a period after the end, as kubelet waits`() {
        var cadence = Cadence(period: .seconds(1))
        cadence.begin(at: .zero)
        #expect(cadence.end(at: .milliseconds(300), succeeded: true) == .milliseconds(1300))
        cadence.begin(at: .milliseconds(1300))
        #expect(cadence.end(at: .milliseconds(1900), succeeded: false) == .milliseconds(2900))
        cadence.begin(at: .milliseconds(3900))
        _ = cadence.end(at: .seconds(4), succeeded: true)
        cadence.close(at: .seconds(5))
        #expect(cadence.count == 3)
        #expect(cadence.succeeded == 2)
        #expect(cadence.interval == .milliseconds(1950))
        #expect(cadence.longest == .milliseconds(2600))
        #expect(cadence.busy == .seconds(1))
        #expect(cadence.longestWithoutSuccess == .milliseconds(3700))
    }

    @Test func `One that never ends counts with all the time it was waited for`() {
        var cadence = Cadence(period: .seconds(5))
        cadence.begin(at: .zero)
        _ = cadence.end(at: .seconds(1), succeeded: true)
        cadence.begin(at: .seconds(6))
        cadence.close(at: .seconds(60))
        #expect(cadence.longest == .seconds(54))
        #expect(cadence.interval == .seconds(6))
        #expect(cadence.longestWithoutSuccess == .seconds(59))
    }

    @Test func `Without a success there is none from the beginning on`() {
        var cadence = Cadence(period: .seconds(5))
        cadence.begin(at: .zero)
        _ = cadence.end(at: .seconds(1), succeeded: false)
        cadence.close(at: .seconds(40))
        #expect(cadence.longestWithoutSuccess == .seconds(40))
        #expect(cadence.interval == nil)
    }
}
