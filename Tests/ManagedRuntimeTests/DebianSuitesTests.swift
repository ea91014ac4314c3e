import Foundation
import Testing

@testable import ManagedRuntime

struct DebianSuitesTests {
    @Test func `Only a whole containerd that was unpacked earlier is taken`() throws {
        let cache = FileManager.default.temporaryDirectory.appending(path: "suites-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: cache) }
        let programs = ["containerd", "containerd-shim-runc-v2", "ctr"]
        func put(_ folder: String, _ names: [String]) throws {
            try FileManager.default.createDirectory(atPath: "\(cache)/\(folder)", withIntermediateDirectories: true)
            for name in names {
                let made = FileManager.default.createFile(
                    atPath: "\(cache)/\(folder)/\(name)",
                    contents: Data(),
                    attributes: [.posixPermissions: 0o755]
                )
                try #require(made)
            }
        }
        let suites = DebianSuites(cache: cache) { _ in }
        // What an interrupted copy leaves, and a folder that lacks the shim.
        try put("containerd-1.7.24.new", programs)
        try put("containerd-1.7.24", ["containerd"])
        #expect(suites.unpacked("1.7") == nil)
        try put("containerd-1.7.24", programs)
        #expect(suites.unpacked("1.7") == "\(cache)/containerd-1.7.24")
        #expect(suites.unpacked("1.7.24") == "\(cache)/containerd-1.7.24")
        #expect(suites.unpacked("1.7.2") == nil)
        #expect(suites.unpacked("1.70") == nil)
    }
}
