import Testing

@testable import TestImages

/// A registry with one image, as most tests want it.
struct RegistryFixture: Sendable {
    static let repository = "a/b"

    let registry: Registry
    let image: BuiltImage

    /// The layer of 100 KiB that behaviours are shown with, and where it is.
    var layer: Blob { image.layers[1] }
    var layerPath: String { path(of: layer) }
    var manifestPath: String { "/v2/\(Self.repository)/manifests/one" }
    func path(of blob: Blob) -> String { "/v2/\(Self.repository)/blobs/\(blob.digest)" }

    var requests: [RegistryRequest] { registry.requests(repository: Self.repository) }
    var openConnections: Int { registry.openConnections(repository: Self.repository) }

    func behave(_ behaviour: RegistryBehaviour) { registry.behave(behaviour, repository: Self.repository) }

    /// Waits until the requests are as they should be.
    func until(_ holds: ([RegistryRequest]) -> Bool) async throws {
        for await _ in registry.changes(repository: Self.repository) where holds(requests) { return }
        throw CancellationError()
    }

    /// Waits until the last request is in a state.
    func untilLast(_ state: RegistryRequest.State) async throws { try await until { $0.last?.state == state } }

    static let recipe: ImageRecipe = {
        var recipe = ImageRecipe.agent.marked("registry")
        recipe.extraLayers = [100 << 10]
        return recipe
    }()

    static let agent: [UInt8] = [0x7f, 0x45, 0x4c, 0x46] + Array(repeating: 7, count: 20_000)

    /// Runs a registry that serves the image as `a/b:one`.
    static func with<Result: Sendable>(
        _ behaviour: RegistryBehaviour = RegistryBehaviour(),
        _ recipe: ImageRecipe = recipe,
        _ body: (RegistryFixture) async throws -> Result
    ) async throws -> Result {
        let image = try ImageBuilder.build(recipe, agent: agent)
        return try await withRegistry(listeners: [.address("127.0.0.1:0")]) { registry in
            registry.serve(image, repository: repository, tags: ["one"])
            registry.behave(behaviour, repository: repository)
            return try await body(RegistryFixture(registry: registry, image: image))
        }
    }
}
