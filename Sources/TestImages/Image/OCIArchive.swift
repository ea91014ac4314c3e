import FoundationEssentials
import NIOCore

/// An image as one file that runtimes and registry tools import (OCI image specification 1.1, image layout, in a tar).
public enum OCIArchive {
    private struct Index: Encodable {
        struct Descriptor: Encodable {
            let mediaType: String
            let digest: String
            let size: Int
            let annotations: [String: String]
        }

        let schemaVersion = 2
        let mediaType = MediaType.index.rawValue
        let manifests: [Descriptor]
    }

    /// The archive.
    ///
    /// - Parameter name: what the image is called where it is imported, `registry.example/agent:1`.
    /// - Throws: when the index cannot be encoded, which no name causes.
    public static func bytes(of image: BuiltImage, name: String) throws -> [UInt8] {
        let index = Index(manifests: [
            Index.Descriptor(
                mediaType: image.manifest.mediaType.rawValue,
                digest: image.manifestDigest.description,
                size: image.manifest.size,
                annotations: ["org.opencontainers.image.ref.name": name, "io.containerd.image.name": name]
            )
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var writer = TarWriter(
            modificationTime: ImageBuilder.modificationTime,
            capacity: image.totalSize + (image.layers.count + 8) * TarWriter.overheadPerEntry
        )
        writer.append(TarEntry("blobs", .directory, mode: 0o755))
        writer.append(TarEntry("blobs/sha256", .directory, mode: 0o755))
        let blobs = [image.manifest] + image.blobs.values.sorted { $0.digest.description < $1.digest.description }
        for blob in blobs {
            let hex = blob.digest.description.drop { $0 != ":" }.dropFirst()
            writer.append(TarEntry("blobs/sha256/\(hex)", .file(.bytes(blob.bytes)), mode: 0o644))
        }
        writer.append(TarEntry("index.json", .file(.bytes(Array(try encoder.encode(index)))), mode: 0o644))
        let layout = Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8)
        writer.append(TarEntry("oci-layout", .file(.bytes(layout)), mode: 0o644))
        return Array(writer.finish().readableBytesView)
    }
}
