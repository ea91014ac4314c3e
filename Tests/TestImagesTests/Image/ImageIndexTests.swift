import Foundation
import Testing

@testable import TestImages

@Suite struct ImageIndexTests {
    private static let agent: [UInt8] = [0x7f, 0x45, 0x4c, 0x46] + Array(repeating: 7, count: 1000)
    private static let names = ["linux/amd64", "linux/arm64/v8", "linux/s390x"]

    @Test(arguments: [
        (ImageFormat.oci, "application/vnd.oci.image.index.v1+json"),
        (.docker, "application/vnd.docker.distribution.manifest.list.v2+json"),
    ])
    func `An index names an image for each platform, each with its own mark`(
        format: ImageFormat,
        mediaType: String
    ) async throws {
        let platforms = try Self.names.map { try #require(ImagePlatform($0)) }
        var recipe = ImageRecipe.agent.marked("index")
        recipe.format = format
        let built = try ImageBuilder.buildIndex(recipe, platforms: platforms, agent: Self.agent)
        let read = try JSONDecoder().decode(ManifestJSON.self, from: Data(built.index.bytes))
        #expect(read.schemaVersion == 2)
        #expect(read.mediaType == mediaType)
        let manifests = try #require(read.manifests)
        #expect(manifests.map(\.digest) == built.images.map(\.manifestDigest.description))
        #expect(manifests.map(\.size) == built.images.map(\.manifest.size))
        #expect(
            manifests.map(\.platform) == [
                .init(os: "linux", architecture: "amd64", variant: nil),
                .init(os: "linux", architecture: "arm64", variant: "v8"),
                .init(os: "linux", architecture: "s390x", variant: nil),
            ]
        )
        for (platform, name) in zip(platforms, Self.names) {
            let image = try #require(built.image(for: platform))
            let mark = try await ToolRun("tar", ["-xOf", "-", "image-mark"], input: image.layers[0].bytes)
            #expect(mark.text == "\(name)\nindex\n")
            let words = platform.description.split(separator: "/").map(String.init)
            let configuration = String(decoding: image.configuration.bytes, as: UTF8.self)
            #expect(configuration.contains("\"architecture\":\"\(words[1])\""))
            #expect(configuration.contains("\"variant\"") == (words.count == 3))
        }
    }

    @Test func `An index without a platform, with one twice or with too many is refused`() {
        let many = (0...ImageBuilder.maximumPlatforms).map { ImagePlatform(architecture: "a\($0)") }
        for platforms in [[], [.current, .current], many] {
            #expect(throws: ImageError(.invalidPlatform, "")) {
                _ = try ImageBuilder.buildIndex(.agent, platforms: platforms, agent: Self.agent)
            }
        }
    }

    @Test(arguments: ["", "linux", "linux/", "/amd64", "linux/amd64/v8/x", "Linux/amd64", "linux/amd 64"])
    func `A platform that is none is not read`(text: String) {
        #expect(ImagePlatform(text) == nil)
    }
}
