import Foundation

/// By what everything a case made can be recognised on the node.
public struct PodIdentity: Sendable {
    /// Sandbox and container ids.
    public var ids: [String] = []
    /// The random words in the environments of its processes.
    public var tokens: [String] = []
    /// Ports of the node it was given.
    public var hostPorts: [Int] = []
    /// Where its namespaces were mounted while it ran (`NamespaceMounts`).
    public var namespaceMounts: [String] = []
    /// The cgroup parents it asked for.
    public var cgroupParents: [String] = []
    /// Whether everything in these cgroups is its own, so that it is recognised without its id.
    public var ownsCgroupParents = false
    /// Folders of the address plug-in, where a file per address holds the id of its sandbox.
    public var ipamFolders: [String] = ["/var/lib/cni/networks"]

    /// Creates the identity of nothing yet.
    public init() {}
}

/// The leak proof: what still exists on the node of something that was removed, found by its identity.
public struct Remains: Sendable {
    private let root: HostRoot
    /// Ids shorter than this would match by chance.
    private static let shortestID = 12

    /// Creates a probe of a node.
    public init(root: HostRoot) { self.root = root }

    /// Everything that is still there, in sentences; empty when all is gone.
    public func of(_ identity: PodIdentity) -> [String] {
        let ids = identity.ids.filter { $0.utf8.count >= Self.shortestID }
        return processes(identity, ids) + mounts(identity, ids) + cgroups(identity, ids) + addresses(identity, ids)
    }

    // MARK: - Processes

    private func processes(_ identity: PodIdentity, _ ids: [String]) -> [String] {
        let probe = ProcessProbe(root: root)
        let marks = identity.tokens.map { "CRISOL_TOKEN=\($0)" }
        var found: [String] = []
        for pid in probe.all() {
            let arguments = probe.nulSeparated("/proc/\(pid)/cmdline")
            // A process without arguments is a zombie or a kernel thread and holds nothing.
            guard !arguments.isEmpty else { continue }
            let name = arguments[0].split(separator: "/").last.map(String.init) ?? arguments[0]
            let environment = marks.isEmpty ? [] : probe.nulSeparated("/proc/\(pid)/environ")
            if marks.contains(where: environment.contains) {
                found.append("process \(pid) (\(name)) of the container")
            } else if let id = ids.first(where: { id in arguments.contains { $0.contains(id) } }) {
                found.append("process \(pid) (\(name)) with \(id.prefix(12)) in its arguments")
            }
        }
        return found
    }

    // MARK: - Mounts

    private func mounts(_ identity: PodIdentity, _ ids: [String]) -> [String] {
        let mounts = (try? MountTable(pid: nil, root: root).mounts) ?? []
        return mounts.compactMap { entry in
            if ids.contains(where: { entry.point.contains($0) || entry.root.contains($0) }) {
                return "mount \(entry.point)"
            }
            guard entry.type == "nsfs", identity.namespaceMounts.contains(entry.point) else { return nil }
            // `net:[4026532281]`
            return "mount \(entry.point) (the sandbox's \(entry.root.prefix { $0 != ":" }) namespace)"
        }
    }

    // MARK: - Cgroups

    private func cgroups(_ identity: PodIdentity, _ ids: [String]) -> [String] {
        let mounts = (try? MountTable(pid: nil, root: root).mounts) ?? []
        var found: [String] = []
        for entry in mounts where entry.type == "cgroup" || entry.type == "cgroup2" {
            for parent in identity.cgroupParents {
                let path = CgroupParent.path(of: parent)
                guard !parent.isEmpty, exists(entry.point + path) else { continue }
                // kubelet makes the pod's cgroup itself and removes it itself; only what is in it is the runtime's.
                for child in folders(in: entry.point + path)
                where identity.ownsCgroupParents || ids.contains(where: { child.contains($0) }) {
                    found.append("cgroup \(entry.point)\(path)/\(child)")
                }
            }
        }
        return found
    }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: root.path(of: name)) }

    private func folders(in name: String) -> [String] {
        root.names(in: name).filter { child in
            var isFolder: ObjCBool = false
            let path = root.path(of: "\(name)/\(child)")
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
        }
    }

    // MARK: - Network

    private func addresses(_ identity: PodIdentity, _ ids: [String]) -> [String] {
        var found: [String] = []
        for folder in identity.ipamFolders {
            for network in folders(in: folder) {
                for address in root.names(in: "\(folder)/\(network)") where address.first?.isNumber ?? false {
                    guard let text = try? root.text("\(folder)/\(network)/\(address)"),
                        let id = ids.first(where: { text.contains($0) })
                    else { continue }
                    found.append("address \(address) still reserved for \(id.prefix(12))")
                }
            }
        }
        for port in identity.hostPorts where isListening(port) { found.append("host port \(port) still open") }
        return found
    }

    /// Whether a TCP socket listens on the port (`/proc/net/tcp`: state 0A, port in hexadecimal).
    private func isListening(_ port: Int) -> Bool {
        ["/proc/net/tcp", "/proc/net/tcp6"].contains { name in
            ((try? root.text(name)) ?? "").split(separator: "\n").dropFirst().contains { line in
                let fields = line.split(separator: " ")
                guard fields.count > 3, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":") else {
                    return false
                }
                return Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port
            }
        }
    }
}
