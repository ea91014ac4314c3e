import Foundation
import Testing

/// The relay against a real runtime: what it must not change.
extension ManagedRunTests {
    @Test func `All cases have the same verdict through the relay as without it`() async throws {
        var verdicts: [[String: String]] = []
        for way in [[], ["--through-proxy"]] {
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let ending = try await CrisolProgram.run(["run", "--managed", "containerd", "--output", folder.path] + way)
            #expect(ending.code == 0 || ending.code == 1, "\(ending.output)")
            verdicts.append(try self.verdicts(folder.path))
        }
        #expect(verdicts[0].count > 500)
        #expect(Set(verdicts[0].keys) == Set(verdicts[1].keys))
        let differing = verdicts[0].filter { id, verdict in
            // containerd races with itself when one sandbox is stopped several times at once, and loses now and then.
            verdicts[1][id] != verdict && !id.hasSuffix(".simultaneous")
        }
        let shown = differing.map { "\($0.key): \($0.value) without, \(verdicts[1][$0.key] ?? "none") through it" }
        #expect(shown.sorted() == [])
    }
}
