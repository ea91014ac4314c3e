/// The media types that images here are described with: those of the OCI image specification 1.1, and those of
/// Docker's schema 2 before it.
public enum MediaType: String, Sendable, Hashable, Codable {
    case manifest = "application/vnd.oci.image.manifest.v1+json"
    case index = "application/vnd.oci.image.index.v1+json"
    case configuration = "application/vnd.oci.image.config.v1+json"
    case layer = "application/vnd.oci.image.layer.v1.tar"
    case layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    case layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    case dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    case dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
    case dockerConfiguration = "application/vnd.docker.container.image.v1+json"
    case dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
    case dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    /// In no specification of Docker's; runtimes read it beside the other two.
    case dockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd"
}
