import FoundationEssentials
import NIOCore

/// An image configuration, the JSON whose digest is the image id.
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
    let variant: String?
    let os: String
    let config: ImageConfiguration
    let rootfs: RootFileSystem
    let history: [History]
}

/// How one document names another, or a layer.
struct Descriptor: Encodable {
    struct Platform: Encodable {
        let architecture: String
        let os: String
        let variant: String?
    }

    let mediaType: MediaType
    let digest: String
    let size: Int
    let platform: Platform?

    init(_ blob: Blob, platform: ImagePlatform? = nil) {
        mediaType = blob.mediaType
        digest = blob.digest.description
        size = blob.size
        self.platform = platform.map {
            Platform(architecture: $0.architecture, os: $0.operatingSystem, variant: $0.variant)
        }
    }
}

/// An image manifest.
struct ImageManifestDocument: Encodable {
    let schemaVersion = 2
    let mediaType: MediaType
    let config: Descriptor
    let layers: [Descriptor]
}

/// An image index; Docker's manifest list has the same fields.
struct ImageIndexDocument: Encodable {
    let schemaVersion = 2
    let mediaType: MediaType
    let manifests: [Descriptor]

    init(_ mediaType: MediaType, _ images: [BuiltImage]) {
        self.mediaType = mediaType
        manifests = images.map { Descriptor($0.manifest, platform: $0.platform) }
    }
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
