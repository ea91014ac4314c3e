import CZstd
import Foundation
import NIOCore
import Testing

@testable import TestImages

@Suite struct CorruptionTests {
    private static func image(_ compression: LayerCompression, _ format: ImageFormat = .oci) throws -> BuiltImage {
        var recipe = RegistryFixture.recipe
        recipe.compression = compression
        recipe.format = format
        recipe.configuration.environment = ["TEXT=a \"quoted\", \\ and {braced} one"]
        return try ImageBuilder.build(recipe, agent: RegistryFixture.agent)
    }

    private static func corrupted(_ blob: Blob) -> [UInt8] {
        let body = RegistryBody(corrupting: blob)
        return Array(body.bytes(at: 0, length: body.count).readableBytesView)
    }

    @Test(arguments: LayerCompression.allCases, ImageFormat.allCases)
    func `Corrupt content is as long as it should be and has another digest`(
        compression: LayerCompression,
        format: ImageFormat
    ) throws {
        let image = try Self.image(compression, format)
        let index = try ImageBuilder.buildIndex(
            RegistryFixture.recipe,
            platforms: [.current],
            agent: RegistryFixture.agent
        )
        for blob in [image.manifest, image.configuration, index.index] + image.layers {
            let bytes = Self.corrupted(blob)
            #expect(bytes.count == blob.size)
            #expect(bytes != blob.bytes)
        }
    }

    @Test func `Corrupt documents say the same`() throws {
        let image = try Self.image(.none)
        for blob in [image.manifest, image.configuration] {
            let whole = try #require(try JSONSerialization.jsonObject(with: Data(blob.bytes)) as? NSDictionary)
            let bytes = Self.corrupted(blob)
            let corrupted = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
            #expect(whole == corrupted)
            #expect(Set(bytes) == Set(blob.bytes))
        }
    }

    @Test func `Corrupt layers can be unpacked`() async throws {
        let tars = try Self.image(.none).layers
        for (layer, tar) in zip(try Self.image(.gzip).layers, tars) {
            let run = try await ToolRun("gzip", ["-dc"], input: Self.corrupted(layer))
            #expect(run.status == 0)
            #expect(run.output == tar.bytes)
        }
        for (layer, tar) in zip(try Self.image(.zstd).layers, tars) {
            let bytes = Self.corrupted(layer)
            var output = [UInt8](repeating: 0, count: tar.size)
            let size = output.withUnsafeMutableBytes { ZSTD_decompress($0.baseAddress, $0.count, bytes, bytes.count) }
            #expect(ZSTD_isError(size) == 0)
            #expect(output == tar.bytes)
        }
        for tar in tars {
            let run = try await ToolRun("tar", ["-tf", "-"], input: Self.corrupted(tar))
            #expect(run.status == 0)
        }
    }
}
