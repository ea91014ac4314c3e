import Foundation
import Testing

@testable import ManagedRuntime

struct ChildProcessTests {
    /// NIO's sockets have no close-on-exec, and a runtime that keeps one keeps its peer waiting for an end.
    @Test func `A program inherits nothing but its input and output`() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let (ending, output) = try await ChildProcess.run("/bin/ls", ["-l", "/proc/self/fd"])
        #expect(ending.code == 0)
        #expect(output.contains("/dev/null"), "\(output)")
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(ends[0])")
        #expect(!output.contains(target), "\(output)")
    }
}
