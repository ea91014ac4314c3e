import CRICatalog
import CRIClient
import FakeCRI
import Foundation
import Testing

/// Runs `body` with a socket path of its own in a folder that is removed afterwards.
func withSocket<R: Sendable>(_ body: (Endpoint) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cri-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(Endpoint(folder.appending(path: "s").path))
}

/// Runs `body` with a client of a fake runtime.
func withFake<R: Sendable>(
    _ script: FakeScript = FakeScript(),
    recorder: (any CallRecorder)? = nil,
    dialTimeout: Duration = .seconds(20),
    _ body: (CRIClient, FakeRuntime) async throws -> R
) async throws -> R {
    try await withSocket { endpoint in
        try await FakeRuntime.run(script, at: endpoint) { fake in
            try await withCRIClient(runtime: endpoint, recorder: recorder, dialTimeout: dialTimeout) { client in
                try await body(client, fake)
            }
        }
    }
}

/// The RPC of this name, which the catalogue is known to have.
func rpc(_ name: String) throws -> RPC { try #require(Catalog.cri.rpc(named: name)) }

/// Options with a deadline.
func deadline(_ duration: Duration) -> CRICallOptions {
    var options = CRICallOptions()
    options.deadline = duration
    return options
}
