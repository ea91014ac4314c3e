import Foundation
import Glibc
import Testing

@testable import HostProbe

@Suite struct BelongingsTests {
    @Test func `To a process belong its descendants and the files of its sockets`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("b-\(UUID().uuidString)").path
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer {
            close(descriptor)
            unlink(path)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        let child = Process()
        let input = Pipe()
        child.executableURL = URL(fileURLWithPath: "/bin/cat")
        child.standardInput = input
        try child.run()
        defer {
            try? input.fileHandleForWriting.close()
            child.waitUntilExit()
        }
        let own = Belongings(of: [getpid()], root: HostRoot())
        #expect(own.sockets.contains(path))
        #expect(own.pids.contains(getpid()))
        #expect(own.pids.contains(child.processIdentifier))
        let other = Belongings(of: [child.processIdentifier], root: HostRoot())
        #expect(other.pids == [child.processIdentifier])
        #expect(!other.sockets.contains(path))
    }
}
