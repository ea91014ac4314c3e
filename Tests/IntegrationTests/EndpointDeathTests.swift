import CRIClient
import FakeCRI
import Foundation
import Synchronization
import Testing

/// A runtime that is not crisol's dies in the middle of a run. A fake, because it has to die at one certain call, and to
/// come back when the test says so.
@Suite(.timeLimit(.minutes(10)))
struct EndpointDeathTests {
    /// `VersionResponse` with version, runtime_name, runtime_version and runtime_api_version.
    private static let version: [UInt8] =
        [0x0a, 5] + Array("0.1.0".utf8) + [0x12, 4] + Array("fake".utf8) + [0x1a, 1] + Array("1".utf8) + [0x22, 2]
        + Array("v1".utf8)

    /// - Parameter held: hears of the call that is never answered.
    private static func script(_ held: AsyncStream<Void>.Continuation? = nil) -> FakeScript {
        FakeScript { request in
            switch request[":path"]?.split(separator: "/").last {
            case "Version": return FakeAction.ok(version)
            case "UpdateRuntimeConfig":
                guard let held else { return FakeAction.ok([]) }
                held.yield()
                return []
            case "StopPodSandbox", "RemovePodSandbox": return FakeAction.ok([])
            default: return FakeAction.trailersOnly([("grpc-status", "12"), ("grpc-message", "not implemented")])
            }
        }
    }

    private static func arguments(_ folder: String) -> [String] {
        [
            "run", "--endpoint", "unix://\(folder)/r", "--parallel", "1", "--output", "\(folder)/report",
            "--case", "runtime.config.update", "--case", "sandbox.*.unknown-id",
        ]
    }

    @Test func `It is waited for, the case at work fails for it, and the run goes on`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let socket = try Endpoint("\(folder.path)/r")
        let (held, holding) = AsyncStream.makeStream(of: Void.self)
        let (lines, speaking) = AsyncStream.makeStream(of: String.self)
        let run = Task {
            defer {
                holding.finish()
                speaking.finish()
            }
            return try await CrisolProgram.run(
                Self.arguments(folder.path),
                // Its own, so that it does not tidy up behind another run.
                environment: ["CRISOL_STATE": "\(folder.path)/state"]
            ) { line, _ in speaking.yield(line) }
        }
        try await FakeRuntime.run(Self.script(holding), at: socket) { _ in
            for await _ in held { return }
        }
        for await line in lines where line.contains("waiting up to 30 s for it to come back") { break }
        let ending = try await FakeRuntime.run(Self.script(), at: socket) { _ in try await run.value }
        #expect(ending.code == 1, "\(ending.output)")
        let verdicts = try Self.verdicts(folder.path)
        #expect(verdicts["runtime.config.update"]?.verdict == "fail")
        #expect(verdicts["runtime.config.update"]?.reason.hasPrefix("the runtime died during this case") == true)
        #expect(verdicts["sandbox.stop.unknown-id"]?.verdict == "pass", "\(ending.output)")
        #expect(verdicts["sandbox.remove.unknown-id"]?.verdict == "pass")
        #expect(ending.output.contains("The runtime died once"))
        // They were judged after it, or they would say nothing about going on.
        let words = ending.output.components(separatedBy: "runtime.config.update  (the runtime died")
        #expect(words.first?.contains("sandbox.stop.unknown-id") == false)
    }

    private static func verdicts(_ folder: String) throws -> [String: (verdict: String, reason: String)] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/report/results.json"))
        let json = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        var result: [String: (verdict: String, reason: String)] = [:]
        for item in json?["cases"] as? [[String: Any]] ?? [] {
            guard let id = item["id"] as? String else { continue }
            result[id] = (item["verdict"] as? String ?? "", item["reason"] as? String ?? "")
        }
        return result
    }
}
