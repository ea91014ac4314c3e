import CRICatalog
import CRIClient
import FakeCRI
import FaultModel
import Foundation
import Testing

@testable import FaultProxy

/// relay-contract 1: a runtime that goes away and comes back looks through the relay as it does without it.
@Suite(.timeLimit(.minutes(1)))
struct RuntimeRestartTests {
    /// Who decided how a call ended, and how.
    private static func outcome(_ record: ClientCall) -> String { "\(record.source.rawValue) \(record.code.name)" }

    /// What a client sees of a runtime that answers, dies with a call under way, is away, and answers again.
    private static func story(_ client: CRIClient, runtime: Endpoint) async throws -> [String] {
        var story: [String] = []
        let script = FakeScript { request in
            // Calls of Status are under way when it dies.
            request[":path"]?.hasSuffix("/Status") == true ? [] : FakeAction.ok([])
        }
        for _ in 0..<2 {
            let pending = try await FakeRuntime.run(script, at: runtime) { fake in
                story.append("up: \(outcome(try await client.call("Version")))")
                let pending = Task { try await client.call("Status") }
                await fake.wait { if case .request(_, let stream) = $0 { stream > 1 } else { false } }
                return pending
            }
            story.append("dies: \(outcome(try await pending.value))")
            for _ in 0..<3 { story.append("away: \(outcome(try await client.call("Version")))") }
        }
        return story
    }

    @Test func `Every call ends the same way`() async throws {
        let direct = try await withFolder { folder in
            let runtime = try Endpoint(folder + "/runtime")
            return try await withCRIClient(runtime: runtime) { try await Self.story($0, runtime: runtime) }
        }
        let relayed = try await withFolder { folder in
            let runtime = try Endpoint(folder + "/runtime")
            let configuration = Relay.Configuration(listenPath: folder + "/relay", runtimePath: runtime.path)
            return try await Relay.run(configuration) { relay in
                let story = try await withCRIClient(runtime: Endpoint(folder + "/relay")) {
                    try await Self.story($0, runtime: runtime)
                }
                while relay.connections > 0 { await Task.yield() }
                return story
            }
        }
        #expect(direct.count == 10)
        #expect(direct.contains("up: runtime OK"))
        #expect(relayed == direct)
    }
}
