import HostProbe
import Testing

@testable import Runner

struct LeakMarksTests {
    @Test func `What a case answers for is told again on the node, and nothing else is`() {
        let marks = LeakMarks()
        let rule = "netfilter -A PREROUTING -p tcp -m tcp --dport 40001 -j ACCEPT"
        marks.add(
            ["mount /run/netns/cni-a (the sandbox's net namespace)", rule],
            ids: ["4f0c2d9e8b7a6150"],
            root: HostRoot()
        )
        for item in [
            "mount /run/netns/cni-a (nsfs)", "file /run/netns/cni-a", rule, "cgroup /sys/fs/cgroup/x/4f0c2d9e8b7a6150",
        ] { #expect(marks.cover(item), "\(item)") }
        for item in ["mount /run/netns/cni-ab (nsfs)", "mount /run (tmpfs)", "netfilter -A PREROUTING -j ACCEPT"] {
            #expect(!marks.cover(item), "\(item)")
        }
    }
}
