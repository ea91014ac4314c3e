import Foundation

/// Everything on the node that a pod may leave behind, each in a sentence of its own: what is there after a run and was
/// not there before it has been left, whoever left it.
///
/// It says something only where nobody else works: inside the namespaces of a managed runtime.
public struct HostSnapshot: Sendable {
    /// The most cgroups and files that are listed; a node has thousands of neither inside namespaces of its own.
    private static let limit = 20_000

    /// What is there.
    public let items: Set<String>

    /// Looks at the node.
    ///
    /// - Parameters:
    ///   - root: the node.
    ///   - rules: what `iptables-save` says, which only a program can tell.
    ///   - cgroup: the cgroup below the root of every hierarchy under which all pods are; others work in the rest.
    ///   - daemon: the runtime's own process, which a case may have had restarted.
    ///   - passingOver: folders whose content is no pod's, such as the runtime's own store.
    public init(root: HostRoot, rules: String, cgroup: String, daemon: Int32?, passingOver folders: [String] = []) {
        var items: Set<String> = []
        func isPassedOver(_ path: String) -> Bool { folders.contains { path == $0 || path.hasPrefix($0 + "/") } }
        let probe = ProcessProbe(root: root)
        for pid in probe.all() where pid != daemon {
            let words = probe.nulSeparated("/proc/\(pid)/cmdline")
            // A kernel thread or a zombie has none; a process that is only passing through is no leak either.
            guard let program = words.first, let start = try? probe.startTime(of: pid) else { continue }
            items.insert(
                "process \(pid) \(program) (\(words.dropFirst().joined(separator: " ").prefix(160)), \(start))"
            )
        }
        let mounts = (try? MountTable(pid: nil, root: root).mounts) ?? []
        for mount in mounts where !isPassedOver(mount.point) || mount.type == "overlay" || mount.type == "tmpfs" {
            items.insert("mount \(mount.point) (\(mount.type))")
        }
        // /sys shows the network namespace it was mounted in; /proc that of who looks.
        let interfaces = ((try? root.text("/proc/net/dev")) ?? "").split(separator: "\n").dropFirst(2)
        for line in interfaces {
            let name = line.split(separator: ":")[0].trimmingCharacters(in: .whitespaces)
            items.insert("interface \(name)")
        }
        for line in rules.split(separator: "\n") where line.hasPrefix("-A") || line.hasPrefix(":") {
            // Counters change and say nothing.
            items.insert("netfilter \(line.split(separator: "[").first.map(String.init) ?? String(line))")
        }
        for name in ["net.ipv4.ip_forward"] + Self.localRoutes(root) {
            let path = "/proc/sys/" + name.replacing(".", with: "/")
            if let value = try? root.text(path) {
                items.insert("sysctl \(name) = \(value.trimmingCharacters(in: .whitespacesAndNewlines))")
            }
        }
        for mount in mounts where mount.type == "cgroup" || mount.type == "cgroup2" {
            let top = "\(mount.point)/\(cgroup)"
            // The cgroups of pods are kubelet's to remove; what is in them is the runtime's.
            for folder in Self.below(top, root, foldersOnly: true)
            where folder.dropFirst(top.count + 1).contains("/") { items.insert("cgroup \(folder)") }
        }
        for path in Self.below("/run", root, foldersOnly: false) where !isPassedOver(path) {
            items.insert("file \(path)")
        }
        self.items = items
    }

    /// What is there now and was not there before, sorted.
    public func leftover(since before: HostSnapshot) -> [String] { items.subtracting(before.items).sorted() }

    /// Interfaces come and go with their sysctls; those of interfaces that stay count.
    private static func localRoutes(_ root: HostRoot) -> [String] {
        root.names(in: "/proc/sys/net/ipv4/conf").map { "net.ipv4.conf.\($0).route_localnet" }
    }

    private static func below(_ top: String, _ root: HostRoot, foldersOnly: Bool) -> [String] {
        guard
            let walk = FileManager.default.enumerator(
                at: URL(fileURLWithPath: root.path(of: top)),
                includingPropertiesForKeys: [.isDirectoryKey]
            )
        else { return [] }
        var found: [String] = []
        while found.count < limit, let url = walk.nextObject() as? URL {
            let isFolder = (try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
            if isFolder || !foldersOnly { found.append(url.path) }
        }
        return found
    }
}
