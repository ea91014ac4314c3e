/// What belongs to a process that was left behind, and is left behind with it.
public struct Belongings: Sendable {
    /// It and its descendants.
    public let pids: [Int32]
    /// The files of the unix sockets they hold.
    public let sockets: [String]

    /// Looks at the node.
    public init(of pids: [Int32], root: HostRoot) {
        let probe = ProcessProbe(root: root)
        var children: [Int32: [Int32]] = [:]
        for pid in probe.all() { if let parent = probe.parent(of: pid) { children[parent, default: []].append(pid) } }
        var family: [Int32] = []
        var next = pids
        while let pid = next.popLast() {
            guard !family.contains(pid) else { continue }
            family.append(pid)
            next += children[pid] ?? []
        }
        self.pids = family.sorted()
        let held = Set(
            family.flatMap { pid in
                root.names(in: "/proc/\(pid)/fd").compactMap { try? root.link("/proc/\(pid)/fd/\($0)") }
            }
        )
        // proc_pid_net(5): Num RefCount Protocol Flags Type St Inode Path, the last for a socket that is bound to one.
        sockets = ((try? root.text("/proc/net/unix")) ?? "").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
            guard words.count == 8, words[7].hasPrefix("/"), held.contains("socket:[\(words[6])]") else { return nil }
            return String(words[7])
        }
    }
}
