import CRICatalog
import CRIClient
import FaultModel
import Foundation
import SeededRandom
import Testing

@testable import FaultProxy

extension LoadTests {
    /// relay-contract 23: who is hit is decided by seed, rule, key and the key's count, whatever the order of arrival.
    @Suite struct DeterminismUnderLoadTests {
        private static let images = (0..<20).map { "registry/image-\($0)" }
        private static let callsPerImage = 12
        private static let rule = FaultRule.node(
            "pulls",
            ["PullImage"],
            .error(RPCStatus(.unavailable)),
            probability: 0.4
        )

        private static func request(_ image: String) throws -> [UInt8] {
            let json = Array(#"{"image": {"image": "\#(image)"}}"#.utf8)
            return MessageCodec().encode(try RecordJSON().parse(json, as: "PullImageRequest"))
        }

        /// One run in which the order of calls is shuffled and left to the race of sixteen callers; what it wrote down.
        private static func run(seed: UInt64, order: UInt64, replay: Replay? = nil, rule: FaultRule = rule) async throws
            -> RecordedRun
        {
            try await withFolder { folder in
                var generator = SeededGenerator(seed: order)
                let calls = images.flatMap { Array(repeating: $0, count: callsPerImage) }.shuffled(using: &generator)
                let ledger = folder + "/ledger"
                let control = FaultControl(seed: seed, replay: replay)
                try await LoadScene.run(control, ledger: ledger) { scene in
                    control.arm(rule)
                    try await scene.call { caller, client in
                        for (index, image) in calls.enumerated() where index % LoadScene.callers == caller {
                            _ = try await client.call("PullImage", request(image))
                        }
                    }
                    #expect(control.reports.first?.matched == calls.count)
                }
                return try RecordedRun(ledger: ledger)
            }
        }

        /// What the rules alone say, with one call after the other.
        private static func predicted(seed: UInt64) throws -> Replay {
            var engine = RuleEngine(seed: seed)
            _ = engine.arm(rule, at: .zero)
            var replay = Replay()
            for image in images {
                for _ in 0..<callsPerImage {
                    let path = "/runtime.v1.ImageService/PullImage"
                    let bytes = try request(image)
                    let rpc = try #require(Catalog.cri.rpc(named: "PullImage"))
                    let subject = try SubjectReader().subject(of: rpc, request: bytes, index: ObjectIndex())
                    let facts = CallFacts(path: path, request: .message(bytes), subject: subject)
                    guard case .act(let decisions) = engine.decide(facts, at: .zero) else { continue }
                    for decision in decisions {
                        replay.insert(Replay.Turn(decision.key.description, decision.number), rule: decision.rule)
                    }
                }
            }
            return replay
        }

        @Test func `Two runs in different orders hit the same calls, those that the rules alone name`() async throws {
            let first = try await Self.run(seed: 7, order: 1).replay
            let second = try await Self.run(seed: 7, order: 2).replay
            #expect(first == second)
            #expect(first == (try Self.predicted(seed: 7)))
            #expect(first.count > 40)
            #expect(try await Self.run(seed: 8, order: 1).replay != first)
        }

        @Test func `A replay hits what was hit, though dice, window and budget would have it otherwise`() async throws {
            let recorded = try await Self.run(seed: 7, order: 1)
            #expect(recorded.seed == 7)
            var never = Self.rule
            never.probability = 0
            never.budget = FaultRule.Budget(inFlight: 0, total: 0)
            never.window = TimeWindow(start: .seconds(600))
            let again = try await Self.run(seed: 7, order: 3, replay: recorded.replay, rule: never)
            #expect(again.replay == recorded.replay)
            #expect(recorded.differences(from: [never]) == [])
        }
    }
}
