import Foundation
import HostProbe
import Testing

struct MountTableTests {
    /// A node of which only this process's mounts are known.
    private func table(_ text: String) throws -> MountTable {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mounts-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = folder.appending(path: "proc/self")
        try FileManager.default.createDirectory(at: process, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: process.appending(path: "mountinfo"))
        return try MountTable(pid: nil, root: HostRoot(path: folder.path))
    }

    @Test func `A mount without a source is one`() throws {
        // As `mount -t tmpfs "" /a` shows.
        let table = try table("36 35 0:30 / /a\\040b rw,nosuid shared:5 master:2 - tmpfs  rw,size=1024k\n")
        let entry = try #require(table.mounts.first)
        #expect(entry.point == "/a b")
        #expect(entry.source.isEmpty)
        #expect(entry.type == "tmpfs")
        #expect(entry.superOptions == ["rw", "size=1024k"])
        #expect(entry.propagation == "shared slave")
    }

    @Test func `The last of very many mounts is seen too`() throws {
        let layers = String(repeating: "/layers/0123456789abcdef:", count: 100)
        let line = "36 35 0:30 / /merged rw - overlay overlay rw,lowerdir=\(layers)\n"
        let table = try table(String(repeating: line, count: 1000) + "37 35 0:31 / /last rw - tmpfs tmpfs rw\n")
        #expect(table.mounts.count == 1001)
        #expect(table.mounts.last?.point == "/last")
    }
}
