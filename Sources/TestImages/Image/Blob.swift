import NIOCore

/// Content as a registry serves it: bytes, what they are, and the digest they are asked for by.
public struct Blob: Sendable, Hashable {
    /// The SHA-256 of the bytes.
    public let digest: ContentDigest
    /// The media type a descriptor gives it.
    public let mediaType: MediaType
    /// The bytes, kept in a buffer that can be sliced: connections that send the same layer share one copy.
    let content: ByteBuffer

    init(_ mediaType: MediaType, _ content: ByteBuffer) {
        digest = ContentDigest(sha256Of: content)
        self.mediaType = mediaType
        self.content = content
    }

    /// The number of bytes.
    public var size: Int { content.readableBytes }
    /// A copy of the bytes.
    public var bytes: [UInt8] { Array(content.readableBytesView) }

    // The digest stands for the bytes, so comparing and hashing never walks a layer.
    /// Whether both are the same in all that counts here.
    public static func == (left: Blob, right: Blob) -> Bool {
        left.digest == right.digest && left.mediaType == right.mediaType
    }

    /// Hashes what equality compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(digest)
        hasher.combine(mediaType)
    }
}
