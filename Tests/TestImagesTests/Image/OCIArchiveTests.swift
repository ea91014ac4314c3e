import Crypto
import Foundation
import TestImages
import Testing

@Suite struct OCIArchiveTests {
    @Test func `tar takes the archive, and every blob in it is what its name says`() throws {
        let image = try ImageBuilder.build(.agent.marked("archive"), agent: [0x7f, 0x45, 0x4c, 0x46])
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("image.tar")
        try Data(OCIArchive.bytes(of: image, name: "registry.example/agent:1")).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["tar", "-xf", file.path, "-C", folder.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)

        let index = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("index.json")))
                as? [String: Any]
        )
        let manifest = try #require((index["manifests"] as? [[String: Any]])?.first)
        #expect(manifest["digest"] as? String == image.manifestDigest.description)
        let annotations = manifest["annotations"] as? [String: String]
        #expect(annotations?["org.opencontainers.image.ref.name"] == "registry.example/agent:1")
        let blobs = folder.appendingPathComponent("blobs/sha256")
        let names = try FileManager.default.contentsOfDirectory(atPath: blobs.path)
        #expect(names.count == image.blobs.count + 1)
        for name in names {
            let digest = SHA256.hash(data: try Data(contentsOf: blobs.appendingPathComponent(name)))
            #expect(digest.map { String(format: "%02x", $0) }.joined() == name)
        }
    }
}
