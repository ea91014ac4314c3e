import CRICatalog
import CRIClient
import Testing

/// The client against a real Go server, which closes connections whose PINGs go unanswered or come too often.
extension ManagedRunTests {
    @Test func `Five thousand calls on one connection to containerd all answer`() async throws {
        let codes = try await StartedRuntime.run { runtime in
            try await withCRIClient(runtime: try Endpoint(runtime.endpoint)) { client in
                var codes: [String: Int] = [:]
                for _ in 0..<5000 {
                    let record = try await client.call("Version", json: "{}")
                    codes[record.code.name, default: 0] += 1
                }
                return codes
            }
        }
        #expect(codes == ["OK": 5000])
    }
}
