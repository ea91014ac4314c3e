import Foundation
import FoundationNetworking
import Testing

@testable import TestImages

@Suite struct ImageTests {
    private static let agent: [UInt8] = [0x7f, 0x45, 0x4c, 0x46] + Array(repeating: 7, count: 1000)

    @Test func `The same recipe gives the same bytes, another mark another image`() throws {
        let first = try ImageBuilder.build(.agent.marked("a"), agent: Self.agent)
        let again = try ImageBuilder.build(.agent.marked("a"), agent: Self.agent)
        let other = try ImageBuilder.build(.agent.marked("b"), agent: Self.agent)
        #expect(first == again)
        #expect(first.configurationDigest != other.configurationDigest)
        #expect(Set(first.layers.map(\.digest)).isDisjoint(with: other.layers.map(\.digest)))
    }

    @Test func `The layers are tar archives that tar itself takes`() async throws {
        var recipe = ImageRecipe.agent
        recipe.files["/a/very/" + String(repeating: "long/", count: 40) + "name"] = .text("x\n")
        let image = try ImageBuilder.build(recipe, agent: Self.agent)
        for layer in image.layers {
            let tar = try await ToolRun("tar", ["-tf", "-"], input: layer.bytes)
            #expect(tar.status == 0, "\(tar.errors)")
            #expect(!tar.output.isEmpty)
        }
    }

    @Test(arguments: ["/../up", "/a//b", "/nul\0"])
    func `A path that is none is refused`(path: String) {
        var recipe = ImageRecipe.agent
        recipe.files[path] = .text("x")
        #expect(throws: ImageError.self) { _ = try ImageBuilder.build(recipe, agent: Self.agent) }
    }

    @Test func `The registry serves what was put into it, by tag and digest, and nothing else`() async throws {
        let image = try ImageBuilder.build(.agent, agent: Self.agent)
        try await withRegistry(listeners: [.address("127.0.0.1:0")]) { registry in
            registry.serve(image, repository: "a/b", tags: ["one"])
            func get(_ path: String) async throws -> (Int, Data, HTTPURLResponse) {
                let url = try #require(URL(string: "http://\(registry.address)\(path)"))
                let (data, response) = try await URLSession.shared.data(from: url)
                let http = try #require(response as? HTTPURLResponse)
                return (http.statusCode, data, http)
            }
            #expect(try await get("/v2/").0 == 200)
            for reference in ["one", "\(image.manifestDigest)"] {
                let (status, data, response) = try await get("/v2/a/b/manifests/\(reference)")
                #expect(status == 200)
                #expect(Array(data) == image.manifest.bytes)
                #expect(response.value(forHTTPHeaderField: "Docker-Content-Digest") == "\(image.manifestDigest)")
            }
            for blob in [image.configuration] + image.layers {
                let (status, data, _) = try await get("/v2/a/b/blobs/\(blob.digest)")
                #expect(status == 200)
                #expect(Array(data) == blob.bytes)
            }
            for path in ["/v2/a/b/manifests/two", "/v2/a/c/manifests/one", "/v2/a/b/blobs/sha256:00", "/", "/v2/../x"] {
                #expect(try await get(path).0 >= 400, "\(path)")
            }
            registry.withdraw(repository: "a/b")
            #expect(try await get("/v2/a/b/manifests/one").0 == 404)
        }
    }
}
