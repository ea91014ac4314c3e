/// How the layers of an image are packed.
public enum LayerCompression: String, Sendable, Hashable, CaseIterable {
    /// A plain tar: a layer's blob digest is also its diff id.
    case none

    var mediaType: MediaType {
        switch self {
        case .none: .layer
        }
    }
}
