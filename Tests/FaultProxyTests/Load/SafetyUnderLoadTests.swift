import CRICatalog
import CRIClient
import FakeCRI
import FaultModel
import Synchronization
import Testing

@testable import FaultProxy

extension LoadTests {
    /// What ends faults ends them while sixteen callers call.
    @Suite struct SafetyUnderLoadTests {
        @Test func `The kill switch lets all sixteen go on, and each is executed once`() async throws {
            try await LoadScene.run { scene in
                scene.relay.control.arm(.node("stuck", ["Status"], .hang(.before)))
                let codes = Tally()
                async let calling: Void = scene.call { _, client in codes.add(try await client.call("Status").code.name)
                }
                try await scene.wait { scene.relay.control.reports.first?.inFlight == LoadScene.callers }
                #expect(scene.executed["Status"] == 0)
                scene.relay.control.kill()
                try await calling
                #expect(codes.all == ["OK": LoadScene.callers])
                #expect(scene.executed["Status"] == LoadScene.callers)
            }
        }

        @Test func `After the kill switch no call of callers that never pause is hit any more`() async throws {
            try await LoadScene.run { scene in
                let codes = Tally()
                let isKilled = Mutex(false)
                async let calling: Void = scene.call { _, client in
                    // Until it has been killed, and ten more.
                    var rest = 10
                    while rest > 0 {
                        let wasKilled = isKilled.withLock { $0 }
                        let record = try await client.call("Status")
                        codes.add((wasKilled ? "after " : "before ") + record.code.name)
                        if wasKilled { rest -= 1 }
                    }
                }
                try await scene.wait { codes["before OK"] > LoadScene.callers }
                scene.relay.control.arm(.node("broken", ["Status"], .error(RPCStatus(.unavailable))))
                try await scene.wait { codes["before UNAVAILABLE"] > LoadScene.callers }
                scene.relay.control.kill()
                isKilled.withLock { $0 = true }
                try await calling
                #expect(codes["after OK"] == 10 * LoadScene.callers)
                #expect(codes["after UNAVAILABLE"] == 0)
            }
        }

        @Test(
            "A rule ends when its time is over, and so does what it holds, though nobody pauses",
            arguments: [Fault.hang(.before), .hang(.after), .error(RPCStatus(.unavailable)), .blackhole]
        )
        func ttl(fault: Fault) async throws {
            try await LoadScene.run { scene in
                let codes = Tally()
                let control = scene.relay.control
                let match = fault == .blackhole ? Match() : Match(methods: ["Status"], includesNodeCalls: true)
                async let calling: Void = scene.call { _, client in
                    while true {
                        let hasEnded = control.reports.first.map { !$0.isLive } ?? false
                        let record = try await client.call("Status")
                        codes.add(record.code.name)
                        if hasEnded, record.code == .ok { return }
                    }
                }
                try await scene.wait { codes["OK"] > LoadScene.callers }
                control.arm(FaultRule("short", match, FaultSequence(fault), ttl: .seconds(4)))
                try await scene.wait { control.reports.first?.acted ?? 0 > 0 }
                try await calling
                #expect(control.reports.first?.isLive == false)
                #expect(control.reports.first?.inFlight == 0)
                // A call that hangs to the end of the rule, and has no deadline of its own, has had its time.
                if case .hang = fault { #expect(Set(codes.all.keys) == ["OK", "DEADLINE_EXCEEDED"]) }
            }
        }

        @Test func `Rules that come and go all the time break no call they are not about`() async throws {
            try await LoadScene.run { scene in
                let codes = Tally()
                async let calling: Void = scene.call { caller, client in
                    for _ in 0..<100 {
                        let method = caller % 2 == 0 ? "Version" : "Status"
                        codes.add("\(method) \(try await client.call(method).code.name)")
                    }
                }
                let half = LoadScene.callers / 2 * 100
                let control = scene.relay.control
                var round = 0
                while codes.total < 2 * half {
                    switch round % 3 {
                    case 0: control.arm(.node("a", ["Status"], .error(RPCStatus(.unavailable)), probability: 0.5))
                    case 1: control.disarm("a")
                    default: control.kill()
                    }
                    round += 1
                    let goal = min(codes.total + 20, 2 * half)
                    try await scene.wait { codes.total >= goal }
                }
                try await calling
                #expect(codes["Version OK"] == half)
                #expect(codes["Status OK"] + codes["Status UNAVAILABLE"] == half)
            }
        }
    }
}
