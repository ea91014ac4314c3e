/// A finished index in memory: one name for the images of several platforms.
public struct BuiltIndex: Sendable, Hashable {
    /// The index (in Docker's words the manifest list); its digest is what `NAME@DIGEST` names.
    public let index: Blob
    /// The images in the order of the index, no two for the same platform.
    public let images: [BuiltImage]

    /// The digest of the index.
    public var digest: ContentDigest { index.digest }

    /// The image for a platform; `nil` when there is none.
    public func image(for platform: ImagePlatform) -> BuiltImage? { images.first { $0.platform == platform } }
}
