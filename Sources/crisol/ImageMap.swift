import ArgumentParser
import Foundation
import Yams

/// `--image-map`: test images that are on the node, or in a registry of its owner's.
enum ImageMap {
    /// The reference of the test image.
    ///
    /// - Throws: `ValidationError` saying what is wrong with the file.
    static func agent(inFile path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
            throw ValidationError("\(path) cannot be read")
        }
        let map: [String: String]
        do { map = try YAMLDecoder().decode([String: String].self, from: String(decoding: data, as: UTF8.self)) } catch
        {
            throw ValidationError("\(path) is no mapping of names to references: \(error)")
        }
        for name in map.keys where name != "agent" {
            throw ValidationError("\(path): there is no test image '\(name)'; it is called agent")
        }
        guard let agent = map["agent"], !agent.isEmpty else {
            throw ValidationError("\(path) names no image: agent: registry.example/crisol/agent:1")
        }
        return agent
    }
}
