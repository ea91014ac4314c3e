/// In whose media types an image is described. The documents are the same otherwise.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
    /// OCI image specification 1.1.
    case oci
    /// "Image Manifest Version 2, Schema 2" of the Docker distribution project, which older registries serve.
    case docker

    var manifest: MediaType {
        switch self {
        case .oci: .manifest
        case .docker: .dockerManifest
        }
    }

    var index: MediaType {
        switch self {
        case .oci: .index
        case .docker: .dockerManifestList
        }
    }

    var configuration: MediaType {
        switch self {
        case .oci: .configuration
        case .docker: .dockerConfiguration
        }
    }

    func layer(_ compression: LayerCompression) -> MediaType {
        switch (self, compression) {
        case (.oci, .none): .layer
        case (.oci, .gzip): .layerGzip
        case (.oci, .zstd): .layerZstd
        case (.docker, .none): .dockerLayer
        case (.docker, .gzip): .dockerLayerGzip
        case (.docker, .zstd): .dockerLayerZstd
        }
    }
}
