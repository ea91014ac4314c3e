import CRICatalog
import CRIClient
import FakeCRI
import FaultModel
import Foundation
import SeededRandom
import Testing

@testable import FaultProxy

extension LoadTests {
    /// relay-contract 24: the ledger tells what both sides saw, and never harms a call.
    @Suite struct LedgerUnderLoadTests {
        private static let methods = ["Status", "Version", "ListMetricDescriptors", "ImageFsInfo"]

        private static let rules: [FaultRule] = [
            .node("e", ["Status"], .error(RPCStatus(.unavailable)), probability: 0.3),
            .node("l", ["Version"], .loseResponse(.status(RPCStatus(.dataLoss))), probability: 0.3),
            .node("c", ["ListMetricDescriptors"], .code(RPCStatus(.aborted)), probability: 0.3),
            .node("n", ["ImageFsInfo"], .noOp(NoOp()), probability: 0.3),
        ]

        @Test func `It agrees with what the callers and the runtime saw`() async throws {
            try await withFolder { folder in
                let path = folder + "/ledger"
                let seen = Tally()
                let executed = Tally()
                try await LoadScene.run(FaultControl(seed: 3), ledger: path) { scene in
                    for rule in Self.rules { scene.relay.control.arm(rule) }
                    try await scene.call { caller, client in
                        for round in 0..<60 {
                            let method = Self.methods[(caller + round) % Self.methods.count]
                            let record = try await client.call(method)
                            seen.add("\(method) \(record.code.rawValue)")
                        }
                    }
                    for method in Self.methods {
                        for _ in 0..<scene.executed[method] { executed.add(method) }
                    }
                    for report in scene.relay.control.reports {
                        #expect(report.acted > 20 && report.acted < report.matched)
                        #expect(report.inFlight == 0)
                    }
                }
                let lines = try Self.lines(path)
                let answers = Tally()
                let executions = Tally()
                var hits: [String: Int] = [:]
                for line in lines {
                    let method = (line["path"] as? String)?.split(separator: "/").last.map(String.init) ?? ""
                    answers.add("\(method) \(line["answer"] ?? "")")
                    if line["executed"] as? String == "yes" { executions.add(method) }
                    for decision in line["decisions"] as? [[String: Any]] ?? [] {
                        hits[decision["rule"] as? String ?? "", default: 0] += 1
                    }
                }
                #expect(lines.count == 60 * LoadScene.callers)
                #expect(answers.all == seen.all)
                #expect(executions.all == executed.all)
                // By the codes that only a rule gives.
                #expect(hits["e"] == seen["Status 14"])
                #expect(hits["l"] == seen["Version 15"])
                #expect(hits["c"] == seen["ListMetricDescriptors 10"])
            }
        }

        private static func lines(_ path: String) throws -> [[String: Any]] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { line in
                let json = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return json?["ledger"] == nil ? json : nil
            }
        }

        @Test func `On a full disk calls go on, and every line that is lost is counted`() async throws {
            try await LoadScene.run(ledger: "/dev/full") { scene in
                let codes = Tally()
                try await scene.call { _, client in
                    for _ in 0..<50 { codes.add(try await client.call("Status").code.name) }
                }
                let calls = 50 * LoadScene.callers
                #expect(codes.all == ["OK": calls])
                try await scene.wait { scene.relay.ledgerReport?.failed == calls }
                #expect(scene.relay.ledgerReport?.written == 0)
                #expect(scene.relay.ledgerReport?.lastError == "No space left on device")
                #expect(scene.relay.metrics.contains(#"ledger_dropped_total{reason="not-writable"} \#(calls)"#))
            }
        }

        @Test func `Garbage on the socket goes to the runtime, and harms nobody beside it`() async throws {
            try await LoadScene.run { scene in
                let codes = Tally()
                let path = scene.endpoint.path
                async let calling: Void = scene.call { _, client in
                    for _ in 0..<100 { codes.add(try await client.call("Status").code.name) }
                }
                var generator = SeededGenerator(seed: 5)
                let request =
                    Preface.bytes + Wire.settings() + Wire.headers(Wire.request("Status"), stream: 1)
                    + Wire.data(Wire.message([]), stream: 1, end: true)
                for round in 0..<100 {
                    let peer = try await Peer.connect(to: path)
                    let noise = (0..<64).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    peer.post(round % 2 == 0 ? noise : generator.mutate(request))
                    try await peer.close()
                }
                try await calling
                #expect(codes.all == ["OK": 100 * LoadScene.callers])
                try await scene.wait { scene.relay.connections == 0 }
            }
        }
    }
}
