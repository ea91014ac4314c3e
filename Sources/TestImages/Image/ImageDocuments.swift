import FoundationEssentials
import NIOCore

/// An OCI image configuration, the JSON whose digest is the image id.
struct ImageConfigurationDocument: Encodable {
    struct RootFileSystem: Encodable {
        let type = "layers"
        let diffIDs: [String]

        private enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    struct History: Encodable {
        let created: String
        let createdBy: String

        private enum CodingKeys: String, CodingKey {
            case created
            case createdBy = "created_by"
        }
    }

    let created: String
    let architecture: String
    let os: String
    let config: ImageConfiguration
    let rootfs: RootFileSystem
    let history: [History]
}

/// An OCI image manifest.
struct ImageManifestDocument: Encodable {
    struct Descriptor: Encodable {
        let mediaType: MediaType
        let digest: String
        let size: Int

        init(_ blob: Blob) {
            mediaType = blob.mediaType
            digest = blob.digest.description
            size = blob.size
        }
    }

    let schemaVersion = 2
    let mediaType = MediaType.manifest
    let config: Descriptor
    let layers: [Descriptor]
}

extension Blob {
    /// A document as a blob. Keys are sorted, so equal documents have equal digests.
    init(_ mediaType: MediaType, json document: some Encodable) throws(ImageError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            self.init(mediaType, ByteBuffer(bytes: try encoder.encode(document)))
        } catch {
            throw ImageError(.encoding, "the \(mediaType.rawValue) could not be written", cause: error)
        }
    }
}
