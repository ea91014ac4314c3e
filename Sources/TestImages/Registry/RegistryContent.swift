import Synchronization

/// What the registry serves and what it was asked, shared by all its connections.
final class RegistryContent: Sendable {
    /// Requests kept per repository; older ones are forgotten.
    private static let requestLimit = 10_000

    private struct Repository {
        var tags: [String: ContentDigest] = [:]
        var manifests: [String: Blob] = [:]
        var blobs: [String: (blob: Blob, kind: RegistryRequest.Kind)] = [:]
        var requests: [RegistryRequest] = []
    }

    private let repositories = Mutex<[String: Repository]>([:])

    func add(_ image: BuiltImage, repository: String, tags: [String]) {
        repositories.withLock { all in
            var entry = all[repository] ?? Repository()
            for tag in tags { entry.tags[tag] = image.manifestDigest }
            entry.manifests[image.manifestDigest.description] = image.manifest
            for layer in image.layers { entry.blobs[layer.digest.description] = (layer, .layer) }
            entry.blobs[image.configurationDigest.description] = (image.configuration, .config)
            all[repository] = entry
        }
    }

    func remove(_ repository: String) { repositories.withLock { $0[repository] = nil } }

    func requests(_ repository: String) -> [RegistryRequest] {
        repositories.withLock { $0[repository]?.requests ?? [] }
    }

    /// Notes a request; its number, with which its end is told.
    func note(_ request: RegistryRequest, of repository: String) -> Int? {
        repositories.withLock { all in
            guard let count = all[repository]?.requests.count, count < Self.requestLimit else { return nil }
            all[repository]?.requests.append(request)
            return count
        }
    }

    func ended(_ number: Int?, of repository: String, _ state: RegistryRequest.State) {
        guard let number else { return }
        repositories.withLock { all in
            guard all[repository]?.requests.indices.contains(number) ?? false else { return }
            all[repository]?.requests[number].state = state
        }
    }

    // MARK: - Looking up

    func exists(_ repository: String) -> Bool { repositories.withLock { $0[repository] != nil } }

    func manifest(_ repository: String, _ reference: String) -> Blob? {
        repositories.withLock { all in
            guard let entry = all[repository] else { return nil }
            return entry.manifests[entry.tags[reference]?.description ?? reference]
        }
    }

    func blob(_ repository: String, _ digest: String) -> (blob: Blob, kind: RegistryRequest.Kind)? {
        repositories.withLock { $0[repository]?.blobs[digest] }
    }

    func tags(_ repository: String) -> [String] { repositories.withLock { $0[repository]?.tags.keys.sorted() ?? [] } }
}
