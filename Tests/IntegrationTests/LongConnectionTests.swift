import CRICatalog
import CRIClient
import Foundation
import Testing

/// The client against a real Go server, which closes connections whose PINGs go unanswered or come too often.
extension ManagedRunTests {
    @Test func `Five thousand calls on one connection to containerd all answer`() async throws {
        let (lines, continuation) = AsyncStream.makeStream(of: (endpoint: String, pid: pid_t).self)
        async let ending = CrisolProgram.run(["runtime", "start"]) { line, pid in
            if line.hasPrefix("READY=") { continuation.yield((String(line.dropFirst(6)), pid)) }
        }
        let ready = try #require(await lines.first { _ in true })
        defer { kill(ready.pid, SIGTERM) }
        let endpoint = try Endpoint(ready.endpoint)
        let codes = try await withCRIClient(runtime: endpoint) { client in
            var codes: [String: Int] = [:]
            for _ in 0..<5000 {
                let record = try await client.call("Version", json: "{}")
                codes[record.code.name, default: 0] += 1
            }
            return codes
        }
        #expect(codes == ["OK": 5000])
        kill(ready.pid, SIGTERM)
        #expect(try await ending.code == 0)
    }
}
