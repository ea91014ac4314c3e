/// Which requests of a repository a misbehaviour is about.
public enum RegistryTarget: String, Sendable, Hashable, CaseIterable {
    /// Manifests and indexes, by tag or digest.
    case manifest
    /// Image configurations.
    case config
    /// Layers.
    case layer
    /// Everything that is asked of the repository, tag lists and tokens included.
    case any

    /// Whether a request of this kind is meant.
    func covers(_ kind: RegistryRequest.Kind) -> Bool {
        switch self {
        case .manifest: kind == .manifest
        case .config: kind == .config
        case .layer: kind == .layer
        case .any: true
        }
    }
}
