import CRICatalog
import CRIClient
import Foundation
import Testing

/// A containerd that `crisol runtime start` keeps while a test uses it by other means than a run.
struct StartedRuntime: Sendable {
    /// An image that can be pulled and whose containers stay.
    let image: String
    /// `unix:///...`
    let endpoint: String

    struct NotStarted: Error { let output: String }

    /// Starts one, and sees it end well when `body` has.
    static func run<Success: Sendable>(
        _ arguments: [String] = [],
        _ body: @escaping @Sendable (StartedRuntime) async throws -> Success
    ) async throws -> Success {
        let (lines, continuation) = AsyncStream.makeStream(of: (text: String, pid: pid_t).self)
        async let ended = {
            defer { continuation.finish() }
            return try await CrisolProgram.run(["runtime", "start"] + arguments) { continuation.yield(($0, $1)) }
        }()
        var image = ""
        for await line in lines {
            if line.text.hasPrefix("IMAGE=") { image = String(line.text.dropFirst(6)) }
            guard line.text.hasPrefix("READY=") else { continue }
            let result: Result<Success, any Error>
            do {
                result = .success(
                    try await body(StartedRuntime(image: image, endpoint: String(line.text.dropFirst(6))))
                )
            } catch {
                result = .failure(error)
            }
            kill(line.pid, SIGTERM)
            let ending = try await ended
            #expect(ending.code == 0, "\(ending.output)")
            return try result.get()
        }
        throw NotStarted(output: try await ended.output)
    }

    /// A call's answer as JSON.
    func call(_ rpc: String, _ request: [String: Any]) async throws -> [String: Any] {
        let json = String(decoding: try JSONSerialization.data(withJSONObject: request), as: UTF8.self)
        let record = try await withCRIClient(runtime: try Endpoint(endpoint)) { client in
            try await client.call(rpc, json: json)
        }
        #expect(record.code == .ok, "\(rpc): \(record.message)")
        let answer = CRIClient.json(ofAnswerIn: record) ?? "{}"
        return try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any] ?? [:]
    }
}
