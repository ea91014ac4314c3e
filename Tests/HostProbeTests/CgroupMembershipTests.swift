import Foundation
import HostProbe
import Testing

@Suite struct CgroupMembershipTests {
    @Test func `The processes of a cgroup are those in it, not those below it`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "probe-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (pid, cgroup) in [
            (10, "5:pids:/crisol-x/podA\n0::/\n"), (11, "5:pids:/crisol-x/podA/c\n0::/\n"),
            (12, "0::/user/crisol-x/podA\n"),
            (13, "0::/\n"),
        ] {
            let process = folder.appending(path: "proc/\(pid)")
            try FileManager.default.createDirectory(at: process, withIntermediateDirectories: true)
            try Data(cgroup.utf8).write(to: process.appending(path: "cgroup"))
        }
        let probe = ProcessProbe(root: HostRoot(path: folder.path))
        #expect(probe.pids(inCgroup: "/crisol-x/podA") == [10, 12])
        #expect(probe.pids(inCgroup: "/") == [])
        #expect(probe.pids(inCgroup: "") == [])
    }
}
