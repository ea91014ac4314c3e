import Testing

@testable import TestImages

/// What a client that others wrote makes of the registry.
@Suite(.timeLimit(.minutes(10))) struct RegistryCurlTests {
    @Test func `curl follows a redirect to the bytes, and is not redirected for ever`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(redirect: .init(.layer, times: 1))) { fixture in
            let url = "http://\(fixture.registry.address)\(fixture.layerPath)"
            let run = try await ToolRun("curl", ["-sSL", url])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output == fixture.layer.bytes)
            try await fixture.untilLast(.done)
            #expect(fixture.requests.map(\.status) == [307, 200])
            #expect(fixture.requests.map(\.path) == [fixture.layerPath, "/crisol-redirect" + fixture.layerPath])
            #expect(fixture.requests.map(\.kind) == [.layer, .layer])
            let direct = try await ToolRun("curl", ["-sS", url])
            #expect(direct.output == fixture.layer.bytes)
        }
    }

    @Test func `curl gives up on redirects that loop`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(redirect: .init(.manifest, loops: true))) { fixture in
            let url = "http://\(fixture.registry.address)\(fixture.manifestPath)"
            let run = try await ToolRun("curl", ["-sSL", "--max-redirs", "5", url])
            // CURLE_TOO_MANY_REDIRECTS
            #expect(run.status == 47)
            #expect(fixture.requests.count == 6)
        }
    }

    @Test func `curl sees a cut body as one that is not whole, and resumes it`() async throws {
        try await RegistryFixture.with(RegistryBehaviour(cut: .init(.layer, after: 4096, times: 1))) { fixture in
            let url = "http://\(fixture.registry.address)\(fixture.layerPath)"
            let cut = try await ToolRun("curl", ["-sS", url])
            // CURLE_PARTIAL_FILE
            #expect(cut.status == 18)
            #expect(cut.output == Array(fixture.layer.bytes.prefix(4096)))
            let rest = try await ToolRun("curl", ["-sS", "--range", "4096-", url])
            #expect(rest.status == 0)
            #expect(cut.output + rest.output == fixture.layer.bytes)
        }
    }

    @Test func `curl asks for the head alone and gets it, whatever is wrong with bodies`() async throws {
        let behaviour = RegistryBehaviour(stall: .init(.any), cut: .init(.any), slow: .init(.any, rate: 1))
        try await RegistryFixture.with(behaviour) { fixture in
            let url = "http://\(fixture.registry.address)\(fixture.layerPath)"
            let run = try await ToolRun("curl", ["-sSI", url])
            #expect(run.status == 0)
            #expect(run.text.lowercased().contains("content-length: \(fixture.layer.size)\r\n"))
            #expect(run.text.contains("\(fixture.layer.digest)"))
        }
    }

    @Test func `A tag of an index leads to the index, and its digests to the images`() async throws {
        let index = try ImageBuilder.buildIndex(
            .agent,
            platforms: [.init(architecture: "amd64"), .init(architecture: "s390x")],
            agent: RegistryFixture.agent
        )
        try await withRegistry(listeners: [.address("127.0.0.1:0")]) { registry in
            registry.serve(index, repository: "multi", tags: ["one", "two"])
            for (name, blob) in [("one", index.index), ("two", index.index)]
                + ([index.index] + index.images.map(\.manifest)).map({ ($0.digest.description, $0) })
            {
                let run = try await ToolRun(
                    "curl",
                    ["-sS", "-D", "/dev/stderr", "http://\(registry.address)/v2/multi/manifests/\(name)"]
                )
                #expect(run.output == blob.bytes)
                #expect(run.errors.lowercased().contains("content-type: \(blob.mediaType.rawValue)\r\n"))
            }
            for image in index.images {
                for blob in [image.configuration] + image.layers {
                    let url = "http://\(registry.address)/v2/multi/blobs/\(blob.digest)"
                    #expect(try await ToolRun("curl", ["-sS", url]).output == blob.bytes)
                }
            }
        }
    }
}
