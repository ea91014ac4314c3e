import NIOCore

/// How the layers of an image are packed.
public enum LayerCompression: String, Sendable, Hashable, CaseIterable {
    /// A plain tar: a layer's blob digest is also its diff id.
    case none
    /// RFC 1952. The blob digest is that of the packed bytes, the diff id that of the tar inside.
    case gzip
    /// RFC 8878, which registries have carried since OCI image specification 1.1.
    case zstd

    /// Packs a tar. The same tar gives the same bytes with the same version of the library.
    func packed(_ tar: ByteBuffer) throws(ImageError) -> ByteBuffer {
        let result: ByteBuffer? =
            switch self {
            case .none: tar
            case .gzip: Gzip.compressed(tar)
            case .zstd: Zstd.compressed(tar)
            }
        guard let result else {
            throw ImageError(.compression, "a layer of \(tar.readableBytes) bytes cannot be packed with \(self)")
        }
        return result
    }
}
