/// A finished image in memory: its manifest and everything the manifest names.
public struct BuiltImage: Sendable, Hashable {
    /// What it was made for.
    public let platform: ImagePlatform
    /// The manifest; its digest is what `NAME@DIGEST` names.
    public let manifest: Blob
    /// The image configuration; its digest is the image id.
    public let configuration: Blob
    /// The layers, lowest first.
    public let layers: [Blob]

    /// The digest of the manifest.
    public var manifestDigest: ContentDigest { manifest.digest }
    /// The digest of the configuration: the CRI's image id (`Image.id`).
    public var configurationDigest: ContentDigest { configuration.digest }
    /// All content but the manifest by digest; two equal layers are one blob.
    public var blobs: [ContentDigest: Blob] {
        Dictionary(([configuration] + layers).map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
    }
    /// Bytes of manifest, configuration and layers, as they cross the wire.
    public var totalSize: Int { layers.reduce(manifest.size + configuration.size) { $0 + $1.size } }
}
