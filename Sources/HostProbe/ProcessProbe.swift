public import CRICatalog
import Foundation

/// Processes of the node, as `/proc` shows them.
public struct ProcessProbe: Sendable {
    private let root: HostRoot

    /// Creates a probe of a node.
    public init(root: HostRoot) { self.root = root }

    /// All processes, by number.
    func all() -> [Int32] { root.names(in: "/proc").compactMap { Int32($0) }.sorted() }

    /// The processes whose environment holds `CRISOL_TOKEN` with this value, the eldest first: the first process of
    /// a container, then its children.
    ///
    /// Processes that are not ours to read are passed over.
    public func pids(withToken token: String) throws(ProbeError) -> [Int32] {
        let wanted = Array("CRISOL_TOKEN=\(token)".utf8)
        let found = all().filter { pid in
            guard let bytes = try? root.bytes("/proc/\(pid)/environ") else { return false }
            return bytes.split(separator: 0).contains { $0.elementsEqual(wanted) }
        }
        return oldestFirst(found)
    }

    /// The processes in a cgroup whose name holds this word, a sandbox's or container's id; the eldest first.
    public func pids(inCgroupNaming word: String) -> [Int32] {
        guard word.utf8.count >= 12 else { return [] }
        let found = all().filter { pid in
            cgroupPaths(of: pid).contains { $0.path.split(separator: "/").last?.contains(word) ?? false }
        }
        return oldestFirst(found)
    }

    /// The processes that name one of these ids in their arguments, the eldest first.
    public func pids(naming ids: [String]) -> [Int32] {
        let ids = ids.filter { $0.utf8.count >= 12 }
        let found = all().filter { pid in
            let words = nulSeparated("/proc/\(pid)/cmdline")
            return ids.contains { id in words.contains { $0.contains(id) } }
        }
        return oldestFirst(found)
    }

    /// The processes in a cgroup itself, and not in one below it, the oldest first.
    ///
    /// - Parameter path: as a runtime is given it; a manager above it may have its own part before that.
    public func pids(inCgroup path: String) -> [Int32] {
        guard path.utf8.count > 1 else { return [] }
        return oldestFirst(all().filter { pid in cgroupPaths(of: pid).contains { $0.path.hasSuffix(path) } })
    }

    private func oldestFirst(_ pids: [Int32]) -> [Int32] {
        let times = pids.map { ($0, (try? startTime(of: $0)) ?? .max) }
        return times.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    /// A namespace of a process as `/proc/PID/ns` names it, `net:[4026532281]`.
    public func namespace(_ kind: String, of pid: Int32) -> String? { try? root.link("/proc/\(pid)/ns/\(kind)") }

    /// When the process began, in clock ticks since boot: with its number, its identity.
    public func startTime(of pid: Int32) throws(ProbeError) -> UInt64 {
        let fields = try statFields(pid)
        // Field 22; the fields after the command name begin with the third.
        guard fields.count > 19, let time = UInt64(fields[19]) else {
            throw ProbeError(.malformed, "no start time", path: "/proc/\(pid)/stat")
        }
        return time
    }

    /// Whether this very process still runs (and is no zombie).
    public func isAlive(_ pid: Int32, startTime: UInt64) -> Bool {
        guard let fields = try? statFields(pid), fields.count > 19 else { return false }
        return UInt64(fields[19]) == startTime && fields[0] != "Z" && fields[0] != "X"
    }

    /// What is known of a process.
    public func facts(of pid: Int32) throws(ProbeError) -> Record {
        let status = try StatusFile(pid: "\(pid)", root: root)
        let fields = try statFields(pid)
        var capabilities: [String: Value] = [:]
        for (name, line) in Self.capabilitySets {
            capabilities[name] = .list(Capabilities.names(status.capabilities(line)).map { .text($0) })
        }
        var namespaces: [String: Value] = [:]
        for name in Self.namespaces { namespaces[name] = .text((try? root.link("/proc/\(pid)/ns/\(name)")) ?? "") }
        return Record(
            type: "process",
            fields: [
                "argv": .list(nulSeparated("/proc/\(pid)/cmdline").map { .text($0) }),
                "env": .map(environment(of: pid)),
                "cwd": .text((try? root.link("/proc/\(pid)/cwd")) ?? ""),
                "pid": .integer(Int128(pid)),
                "ppid": .integer(Int128(status.integers("PPid").first ?? 0)),
                "uid": .integer(Int128(status.integers("Uid").dropFirst().first ?? 0)),
                "gid": .integer(Int128(status.integers("Gid").dropFirst().first ?? 0)),
                "groups": .list(status.integers("Groups").map { .integer(Int128($0)) }),
                "capabilities": .record(Record(type: "capabilities", fields: capabilities)),
                "no-new-privs": .bool(status["NoNewPrivs"] == "1"),
                "seccomp": .integer(Int128(status.integers("Seccomp").first ?? 0)),
                "oom-score-adj": .integer(Int128(trimmed("/proc/\(pid)/oom_score_adj")) ?? 0),
                "state": .text(fields.first ?? ""),
                "namespaces": .record(Record(type: "namespaces", fields: namespaces)),
                "cgroup": .text(cgroupPaths(of: pid).first?.path ?? ""),
                "apparmor-label": .text(trimmed("/proc/\(pid)/attr/current")),
                "umask": .text(status["Umask"]),
                "start-time": .integer(Int128((fields.count > 19 ? UInt64(fields[19]) : nil) ?? 0)),
            ]
        )
    }

    static let capabilitySets = [
        ("effective", "CapEff"), ("permitted", "CapPrm"), ("inheritable", "CapInh"), ("bounding", "CapBnd"),
        ("ambient", "CapAmb"),
    ]
    static let namespaces = ["pid", "net", "mnt", "ipc", "uts", "user", "cgroup"]

    /// The cgroup a process is in, by which its container's other processes are found, also after it ended.
    public struct Membership: Sendable, Hashable {
        let hierarchy: String
        let path: String
    }

    /// The cgroup of a process.
    ///
    /// - Throws: `ProbeError` when it is in none of its own.
    public func membership(of pid: Int32) throws(ProbeError) -> Membership {
        guard let own = cgroupPaths(of: pid).first, own.path != "/" else {
            throw ProbeError(.unsupported, "the process is in no cgroup of its own", path: "/proc/\(pid)/cgroup")
        }
        return Membership(hierarchy: own.hierarchy, path: own.path)
    }

    /// All living processes in a cgroup and below it.
    public func processes(in group: Membership) -> [Record] {
        let members = all().filter { other in
            cgroupPaths(of: other).contains {
                $0.hierarchy == group.hierarchy && ($0.path == group.path || $0.path.hasPrefix(group.path + "/"))
            }
        }
        return members.compactMap { try? facts(of: $0) }.filter { $0["state"]?.text != "Z" }
    }

    /// What a daemon uses.
    public func daemon(pid: Int32) throws(ProbeError) -> Record {
        let status = try StatusFile(pid: "\(pid)", root: root)
        return Record(
            type: "daemon",
            fields: [
                "open-files": .integer(Int128(root.names(in: "/proc/\(pid)/fd").count)),
                "threads": .integer(Int128(status.integers("Threads").first ?? 0)),
                "resident": .integer(Int128(status.integers("VmRSS").first ?? 0) << 10),
            ]
        )
    }

    // MARK: - Files

    /// The cgroups of a process; hierarchies that runtimes put every container into come first.
    func cgroupPaths(of pid: Int32) -> [(hierarchy: String, path: String)] {
        let lines = ((try? root.text("/proc/\(pid)/cgroup")) ?? "").split(separator: "\n")
        let parsed = lines.compactMap { line -> (hierarchy: String, path: String)? in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            return parts.count == 3 ? (String(parts[1]), String(parts[2])) : nil
        }
        func rank(_ hierarchy: String) -> Int {
            ["pids", "memory", "name=systemd", ""].firstIndex { $0 == hierarchy } ?? 9
        }
        // On a hybrid node the unified entry is "/" and says nothing.
        return parsed.filter { $0.path != "/" }.sorted { rank($0.hierarchy) < rank($1.hierarchy) }
    }

    /// The process it is a child of.
    func parent(of pid: Int32) -> Int32? {
        guard let fields = try? statFields(pid), fields.count > 1 else { return nil }
        return Int32(fields[1])
    }

    /// The fields of `/proc/PID/stat` after the command's name, which may itself hold spaces and brackets.
    private func statFields(_ pid: Int32) throws(ProbeError) -> [String] {
        let text = try root.text("/proc/\(pid)/stat")
        guard let end = text.lastIndex(of: ")") else {
            throw ProbeError(.malformed, "no command name", path: "/proc/\(pid)/stat")
        }
        return text[text.index(after: end)...].split { $0 == " " || $0 == "\n" }.map(String.init)
    }

    private func trimmed(_ name: String) -> String {
        ((try? root.text(name)) ?? "").trimmingCharacters(
            in: .whitespacesAndNewlines.union(CharacterSet(charactersIn: "\0"))
        )
    }

    func nulSeparated(_ name: String) -> [String] {
        var parts = ((try? root.bytes(name)) ?? []).split(separator: 0, omittingEmptySubsequences: false)
        if parts.last?.isEmpty ?? false { parts.removeLast() }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }

    private func environment(of pid: Int32) -> [String: Value] {
        var result: [String: Value] = [:]
        for pair in nulSeparated("/proc/\(pid)/environ") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { result[String(parts[0])] = .text(String(parts[1])) }
        }
        return result
    }
}

extension Int128 {
    fileprivate init?(_ text: String) {
        guard let value = Int64(text) else { return nil }
        self.init(value)
    }
}
