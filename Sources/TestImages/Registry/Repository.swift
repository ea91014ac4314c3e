/// One repository: what it has and how it behaves.
struct Repository: Sendable {
    /// A manifest or a blob, and what it is asked for as.
    struct Content: Sendable {
        let blob: Blob
        let kind: RegistryRequest.Kind
    }

    private var tags: [String: ContentDigest] = [:]
    private var manifests: [String: Blob] = [:]
    private var blobs: [String: Content] = [:]
    private(set) var behaviour = RegistryBehaviour()
    var turns = BehaviourTurns()

    /// Puts an image beside what is there, under these tags.
    mutating func add(_ image: BuiltImage, tags names: [String]) {
        manifests[image.manifestDigest.description] = image.manifest
        for layer in image.layers { blobs[layer.digest.description] = Content(blob: layer, kind: .layer) }
        blobs[image.configurationDigest.description] = Content(blob: image.configuration, kind: .config)
        for name in names { tags[name] = image.manifestDigest }
    }

    /// Puts an index and its images beside what is there; the tags name the index.
    mutating func add(_ index: BuiltIndex, tags names: [String]) {
        for image in index.images { add(image, tags: []) }
        manifests[index.digest.description] = index.index
        for name in names { tags[name] = index.digest }
    }

    /// Sets the behaviour; what acts only so many times begins to count anew.
    mutating func behave(_ behaviour: RegistryBehaviour) {
        self.behaviour = behaviour
        turns = BehaviourTurns()
    }

    /// What a path names, if it is there.
    func content(_ path: RegistryPath) -> Content? {
        switch path {
        case .manifest(_, let reference):
            manifests[tags[reference]?.description ?? reference].map { Content(blob: $0, kind: .manifest) }
        case .blob(_, let digest): blobs[digest]
        case .base, .tags, .token, .other: nil
        }
    }

    /// The tags, sorted.
    var tagNames: [String] { tags.keys.sorted() }
}
