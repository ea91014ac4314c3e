import CZstd
import Crypto
import Foundation
import Testing

@testable import TestImages

@Suite struct LayerTests {
    private static let agent: [UInt8] = [0x7f, 0x45, 0x4c, 0x46] + Array(repeating: 7, count: 100_000)

    private static func image(_ compression: LayerCompression, _ format: ImageFormat = .oci) throws -> BuiltImage {
        var recipe = ImageRecipe.agent.marked("layers")
        recipe.compression = compression
        recipe.format = format
        recipe.extraLayers = [0, 300_001]
        return try ImageBuilder.build(recipe, agent: agent)
    }

    @Test func `gzip unpacks its layers to the tars of the plain image`() async throws {
        let (plain, packed) = (try Self.image(.none), try Self.image(.gzip))
        #expect(packed.layers.count == plain.layers.count)
        for (layer, tar) in zip(packed.layers, plain.layers) {
            let run = try await ToolRun("gzip", ["-dc"], input: layer.bytes)
            #expect(run.status == 0)
            #expect(run.output == tar.bytes)
        }
        #expect(packed.layers[0].size < plain.layers[0].size)
    }

    @Test func `libzstd unpacks its layers to the tars of the plain image`() throws {
        let (plain, packed) = (try Self.image(.none), try Self.image(.zstd))
        for (layer, tar) in zip(packed.layers, plain.layers) {
            let bytes = layer.bytes
            var output = [UInt8](repeating: 0, count: tar.size + 1)
            let size = output.withUnsafeMutableBytes {
                ZSTD_decompress($0.baseAddress, $0.count, bytes, bytes.count)
            }
            try #require(ZSTD_isError(size) == 0)
            #expect(output.prefix(size).elementsEqual(tar.bytes))
        }
        #expect(packed.layers[0].size < plain.layers[0].size)
    }

    @Test(arguments: LayerCompression.allCases)
    func `Diff ids are of the tar, blob digests of what is sent, and both are the same every time`(
        compression: LayerCompression
    ) throws {
        struct Configuration: Decodable {
            struct Layers: Decodable { let diff_ids: [String] }
            let rootfs: Layers
        }
        let image = try Self.image(compression)
        let tars = try Self.image(.none).layers
        let read = try JSONDecoder().decode(Configuration.self, from: Data(image.configuration.bytes))
        #expect(read.rootfs.diff_ids == tars.map(\.digest.description))
        for layer in image.layers {
            let sum = SHA256.hash(data: layer.bytes).map { String(format: "%02x", $0) }.joined()
            #expect(layer.digest.description == "sha256:" + sum)
        }
        #expect(try Self.image(compression) == image)
    }

    @Test(arguments: [
        (
            ImageFormat.oci, LayerCompression.none, "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar"
        ),
        (
            .oci, .gzip, "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.config.v1+json",
            "application/vnd.oci.image.layer.v1.tar+gzip"
        ),
        (
            .oci, .zstd, "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.config.v1+json",
            "application/vnd.oci.image.layer.v1.tar+zstd"
        ),
        (
            .docker, .gzip, "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.docker.container.image.v1+json", "application/vnd.docker.image.rootfs.diff.tar.gzip"
        ),
    ])
    func `A manifest names its parts by the media types of its format`(
        format: ImageFormat,
        compression: LayerCompression,
        manifest: String,
        configuration: String,
        layer: String
    ) throws {
        let image = try Self.image(compression, format)
        let read = try JSONDecoder().decode(ManifestJSON.self, from: Data(image.manifest.bytes))
        #expect(read.mediaType == manifest)
        #expect(image.manifest.mediaType.rawValue == manifest)
        #expect(read.config?.mediaType == configuration)
        #expect(read.config?.digest == image.configurationDigest.description)
        #expect(read.layers?.map(\.mediaType) == Array(repeating: layer, count: 3))
        #expect(read.layers?.map(\.digest) == image.layers.map(\.digest.description))
        #expect(read.layers?.map(\.size) == image.layers.map(\.size))
    }
}

/// A manifest or an index, as a client reads it.
struct ManifestJSON: Decodable {
    struct Platform: Decodable, Equatable {
        let os: String
        let architecture: String
        let variant: String?
    }

    struct Descriptor: Decodable {
        let mediaType: String
        let digest: String
        let size: Int
        let platform: Platform?
    }

    let schemaVersion: Int
    let mediaType: String
    let config: Descriptor?
    let layers: [Descriptor]?
    let manifests: [Descriptor]?
}
