public import CRICatalog
import Foundation

/// The cgroup files of a process, read from outside.
public struct CgroupProbe: Sendable {
    private let root: HostRoot

    /// Creates a probe of a node.
    public init(root: HostRoot) { self.root = root }

    /// Every readable file of the process's cgroup: numbers as numbers, `max` and lists as text, flat-keyed files
    /// such as `memory.events` as their own fields. On a version 1 node the files of all its controllers together.
    public func files(of pid: Int32) throws(ProbeError) -> Record {
        let process = ProcessProbe(root: root)
        let mounts = try MountTable(pid: nil, root: root).mounts
        let groups = process.cgroupPaths(of: pid)
        var fields: [String: Value] = [:]
        var folders: [Value] = []
        for group in groups {
            guard let folder = Self.folder(of: group.hierarchy, group.path, mounts) else { continue }
            folders.append(.text(folder))
            for name in root.names(in: folder) where name.contains(".") {
                guard let text = try? root.text("\(folder)/\(name)") else { continue }
                fields[name] = Self.value(text)
            }
        }
        guard !folders.isEmpty else {
            throw ProbeError(.unsupported, "the process is in no cgroup of its own", path: "/proc/\(pid)/cgroup")
        }
        fields["folders"] = .list(folders)
        return Record(type: "cgroup", fields: fields)
    }

    /// The folder of a cgroup: the mount of its hierarchy and the path below it.
    static func folder(of hierarchy: String, _ path: String, _ mounts: [MountTable.Entry]) -> String? {
        let mount = mounts.first { entry in
            if hierarchy.isEmpty { return entry.type == "cgroup2" }
            guard entry.type == "cgroup" else { return false }
            let wanted = Set(hierarchy.split(separator: ",").map(String.init))
            return wanted.isSubset(of: Set(entry.superOptions))
        }
        return mount.map { $0.point + path }
    }

    private static func value(_ text: String) -> Value {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if let number = Int64(trimmed) { return .integer(Int128(number)) }
        if let number = UInt64(trimmed) { return .integer(Int128(number)) }
        let lines = trimmed.split(separator: "\n").map { $0.split(separator: " ") }
        let isFlatKeyed =
            !lines.isEmpty && lines.allSatisfy { $0.count == 2 && Int64($0[1]) != nil && Int64($0[0]) == nil }
        guard isFlatKeyed else { return .text(trimmed) }
        var fields: [String: Value] = [:]
        for line in lines { fields[String(line[0])] = .integer(Int128(Int64(line[1]) ?? 0)) }
        return .record(Record(type: "cgroup file", fields: fields))
    }
}
