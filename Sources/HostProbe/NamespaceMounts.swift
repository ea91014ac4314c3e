/// Where the namespaces of a sandbox are mounted, `/run/netns/cni-...`: by these they can be found when nothing runs in
/// them any more.
///
/// A namespace's own number is no identity: the kernel gives the lowest one that is free, so the next pod has it.
public struct NamespaceMounts: Sendable {
    /// The namespaces that runtimes mount to keep them: containerd the network, CRI-O the others too.
    private static let kinds = ["net", "ipc", "uts", "user", "pid"]

    private let root: HostRoot

    /// Creates a probe of a node.
    public init(root: HostRoot) { self.root = root }

    /// The mount points of the namespaces that a running sandbox has for itself; none when no process of it is found.
    ///
    /// - Parameters:
    ///   - id: the sandbox's, which its cgroup is named after.
    ///   - cgroupParent: what the sandbox was given, which saves a look at every process; may be empty.
    public func of(sandbox id: String, cgroupParent: String) -> [String] {
        guard let pid = process(of: id, cgroupParent) else { return [] }
        let probe = ProcessProbe(root: root)
        var own = Set(Self.kinds.compactMap { probe.namespace($0, of: pid) })
        // A pod on the node's network is in a namespace that stays; a managed runtime's is crisol's own.
        for kind in Self.kinds {
            if let node = probe.namespace(kind, of: 1) { own.remove(node) }
            if let ours = try? HostRoot().link("/proc/self/ns/\(kind)") { own.remove(ours) }
        }
        let mounts = (try? MountTable(pid: nil, root: root).mounts) ?? []
        return mounts.filter { $0.type == "nsfs" && own.contains($0.root) }.map(\.point)
    }

    private func process(of id: String, _ parent: String) -> Int32? {
        guard id.utf8.count >= 12 else { return nil }
        if !parent.isEmpty {
            let mounts = (try? MountTable(pid: nil, root: root).mounts) ?? []
            for mount in mounts where mount.type == "cgroup" || mount.type == "cgroup2" {
                let folder = mount.point + CgroupParent.path(of: parent)
                for child in root.names(in: folder) where child.contains(id) {
                    let text = (try? root.text("\(folder)/\(child)/cgroup.procs")) ?? ""
                    if let pid = text.split(separator: "\n").lazy.compactMap({ Int32($0) }).first { return pid }
                }
            }
        }
        return ProcessProbe(root: root).pids(inCgroupNaming: id).first
    }
}
