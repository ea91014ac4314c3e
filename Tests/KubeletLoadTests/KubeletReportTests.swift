import Foundation
import Testing

@testable import KubeletLoad

struct KubeletReportTests {
    private static func report(
        _ tally: LoadTally,
        elapsed: Duration = .seconds(60),
        pods: Int = 2,
        planned: Int? = nil
    ) -> KubeletReport {
        let plan = KubeletLoad.Plan(duration: elapsed, pods: planned)
        return tally.report("fake 1.0", elapsed: elapsed, present: pods, used: pods, plan: plan)
    }

    private static func tally() -> LoadTally {
        let tally = LoadTally()
        for time in 1...100 { tally.add("ListContainers", .microseconds(time * 10)) }
        tally.add("Status", .seconds(2))
        tally.plan(.relist, period: .seconds(1))
        for second in 0..<60 {
            tally.begin(.relist, at: .seconds(second))
            _ = tally.end(.relist, at: .seconds(second), succeeded: true)
        }
        tally.close(.relist, at: .seconds(60))
        return tally
    }

    @Test func `A runtime that answers in time has no problems, and its latencies are told`() {
        let report = Self.report(Self.tally())
        #expect(report.problems == [])
        let text = report.text()
        #expect(text.contains("ListContainers    100  500 us  900 us  990 us"), "\(text)")
        #expect(text.contains("PLEG relist    60  1.00 s    1.00 s   1.00 s  0 %"), "\(text)")
    }

    @Test func `What fails is a problem, and what kubelet bears is none`() {
        let tally = Self.tally()
        tally.fail("RuntimeConfig", "UNIMPLEMENTED", isTolerated: true)
        #expect(Self.report(tally).problems == [])
        #expect(Self.report(tally).text().contains("as kubelet bears: UNIMPLEMENTED 1"))
        tally.fail("Status", "UNAVAILABLE", isTolerated: false)
        tally.fail("Status", "UNAVAILABLE", isTolerated: false)
        #expect(Self.report(tally).problems == ["Status answered UNAVAILABLE 2 times"])
    }

    @Test func `A status that does not succeed for half a minute makes the node not ready`() {
        let tally = Self.tally()
        tally.plan(.runtimeUp, period: .seconds(5))
        tally.begin(.runtimeUp, at: .zero)
        tally.close(.runtimeUp, at: .seconds(31))
        let problems = Self.report(tally).problems
        #expect(problems.count == 1)
        #expect(problems.first?.contains("did not succeed for 31.00 s: after 30.00 s") == true, "\(problems)")
    }

    @Test func `Fewer pods than asked for are a problem`() {
        #expect(Self.report(Self.tally(), planned: 5).problems == ["only 2 pods are there, of 5 asked for"])
    }

    @Test func `The JSON has the same numbers, with their units in the names`() throws {
        let json = try Self.report(Self.tally()).json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(object["schema"] as? String == "crisol.kubelet-bench/1")
        let methods = try #require(object["methods"] as? [String: [String: Any]])
        #expect(methods["ListContainers"]?["calls"] as? Int == 100)
        #expect(try #require(methods["Status"]?["p50Microseconds"] as? Double) >= 2_000_000)
        let triggers = try #require(object["triggers"] as? [String: [String: Any]])
        #expect(triggers["PLEG relist"]?["plannedSeconds"] as? Double == 1)
    }
}
