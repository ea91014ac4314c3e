import CRIClient
import FaultProxy
import Foundation

/// The way from the client of a run to the runtime: straight, or through relays of crisol's own.
struct RelayedEndpoints {
    let runtime: Endpoint
    let image: Endpoint?
    let isRelayed: Bool

    /// Runs the body with a client that goes this way.
    func withClient<Result: Sendable>(_ body: (CRIClient) async throws -> Result) async throws -> Result {
        guard isRelayed else { return try await withCRIClient(runtime: runtime, image: image, body) }
        let folder = "\(NSTemporaryDirectory())/crisol-relay-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await relay(runtime, "\(folder)/runtime.sock") { runtime in
            guard let image, image != self.runtime else { return try await withCRIClient(runtime: runtime, body) }
            return try await relay(image, "\(folder)/image.sock") { image in
                try await withCRIClient(runtime: runtime, image: image, body)
            }
        }
    }

    private func relay<Result: Sendable>(
        _ endpoint: Endpoint,
        _ path: String,
        _ body: (Endpoint) async throws -> Result
    ) async throws -> Result {
        let relayed = try Endpoint(path)
        let configuration = Relay.Configuration(listenPath: path, runtimePath: endpoint.path)
        return try await Relay.run(configuration) { _ in try await body(relayed) }
    }
}
