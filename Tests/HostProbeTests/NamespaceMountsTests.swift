import Foundation
import HostProbe
import Testing

/// A node made of files, because namespaces that leak are not to be had from a runtime that works.
@Suite struct NamespaceMountsTests {
    private static let id = "4f0c2d9e8b7a61504f0c2d9e8b7a6150"
    private static let others = "99887766554433229988776655443322"

    private struct Node {
        let folder = FileManager.default.temporaryDirectory.appending(path: "node-\(UUID().uuidString.prefix(8))")
        var root: HostRoot { HostRoot(path: folder.path) }

        func remove() { try? FileManager.default.removeItem(at: folder) }

        func write(_ path: String, _ text: String) throws {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }

        func process(_ pid: Int, cgroup: String, namespaces: [String: String]) throws {
            try write("proc/\(pid)/cgroup", cgroup)
            try write("proc/\(pid)/stat", "\(pid) (pause) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 \(pid) 0 0\n")
            for (kind, name) in namespaces {
                let link = folder.appending(path: "proc/\(pid)/ns/\(kind)")
                try FileManager.default.createDirectory(
                    at: link.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: name)
            }
        }
    }

    /// A pod with a network of its own and the node's UTS namespace, beside another pod.
    private func node() throws -> Node {
        let node = Node()
        try node.process(1, cgroup: "0::/init\n", namespaces: ["net": "net:[1]", "uts": "uts:[2]", "ipc": "ipc:[3]"])
        try node.process(
            70,
            cgroup: "0::/pods/a/\(Self.id)\n",
            namespaces: ["net": "net:[70]", "uts": "uts:[2]", "ipc": "ipc:[71]"]
        )
        try node.process(80, cgroup: "0::/pods/b/\(Self.others)\n", namespaces: ["net": "net:[80]", "ipc": "ipc:[81]"])
        try node.write(
            "proc/self/mountinfo",
            """
            24 1 0:22 / /cgroup rw - cgroup2 cgroup2 rw
            30 24 0:4 net:[70] /run/netns/cni-a rw shared:1 - nsfs nsfs rw
            31 24 0:4 ipc:[71] /run/ipcns/a rw - nsfs nsfs rw
            32 24 0:4 net:[80] /run/netns/cni-b rw - nsfs nsfs rw
            33 24 0:4 uts:[2] /run/utsns/node rw - nsfs nsfs rw
            34 24 0:5 /net:[70] /run/file rw - tmpfs tmpfs rw

            """
        )
        return node
    }

    @Test func `What is mounted of a sandbox's own namespaces is found by its cgroup`() throws {
        let node = try node()
        defer { node.remove() }
        let found = NamespaceMounts(root: node.root).of(sandbox: Self.id, cgroupParent: "")
        #expect(found == ["/run/netns/cni-a", "/run/ipcns/a"])
    }

    @Test func `The cgroup parent says where to look, and one that is not there does not mislead`() throws {
        let node = try node()
        defer { node.remove() }
        // Only the folder tells of this process, so that it is seen to have been used.
        try node.write("proc/70/cgroup", "0::/\n")
        let mounts = NamespaceMounts(root: node.root)
        #expect(mounts.of(sandbox: Self.id, cgroupParent: "/pods/a") == [])
        try node.write("cgroup/pods/a/cri-\(Self.id).scope/cgroup.procs", "70\n")
        #expect(mounts.of(sandbox: Self.id, cgroupParent: "/pods/a") == ["/run/netns/cni-a", "/run/ipcns/a"])
        #expect(mounts.of(sandbox: Self.others, cgroupParent: "/pods/none") == ["/run/netns/cni-b"])
    }

    @Test func `A sandbox of which nothing runs has none`() throws {
        let node = try node()
        defer { node.remove() }
        let mounts = NamespaceMounts(root: node.root)
        #expect(mounts.of(sandbox: "00000000000000000000", cgroupParent: "/pods/a") == [])
        #expect(mounts.of(sandbox: "", cgroupParent: "") == [])
    }

    @Test func `A namespace that stays mounted remains of a pod, and the next one with its number does not`() throws {
        let node = try node()
        defer { node.remove() }
        var identity = PodIdentity()
        identity.namespaceMounts = NamespaceMounts(root: node.root).of(sandbox: Self.id, cgroupParent: "")
        #expect(
            Remains(root: node.root).of(identity) == [
                "mount /run/netns/cni-a (the sandbox's net namespace)",
                "mount /run/ipcns/a (the sandbox's ipc namespace)",
            ]
        )
        try node.write(
            "proc/self/mountinfo",
            """
            24 1 0:22 / /cgroup rw - cgroup2 cgroup2 rw
            40 24 0:4 net:[70] /run/netns/cni-c rw - nsfs nsfs rw
            41 24 0:6 / /run/ipcns/a rw - tmpfs tmpfs rw

            """
        )
        #expect(Remains(root: node.root).of(identity) == [])
    }
}
