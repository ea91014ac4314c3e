import Foundation

/// What is true of the node as a whole, collected once.
public struct NodeFacts: Sendable {
    /// How the node's cgroup trees are mounted.
    public enum CgroupVersion: String, Sendable, CustomStringConvertible {
        /// Only version 1 hierarchies.
        case v1
        /// Only the unified hierarchy.
        case v2
        /// Version 1 hierarchies with the controllers, and a unified one without.
        case hybrid

        /// How messages show it.
        public var description: String { rawValue }
    }

    /// The kernel's release, `uname -r`.
    public let kernel: String
    /// As `uname -m` says.
    public let architecture: String
    /// The pretty name of the distribution.
    public let osRelease: String
    /// The name of the node.
    public let hostname: String
    /// Processors this process may use.
    public let cpus: Int
    /// Memory in bytes.
    public let memoryBytes: Int
    /// Which cgroup hierarchy runtimes use here.
    public let cgroupVersion: CgroupVersion
    /// The controllers that are there.
    public let cgroupControllers: [String]
    /// The effective capabilities of this process.
    public let capabilities: [String]
    private let present: [String: (Bool, String)]

    /// `linux/amd64`.
    public var platform: String {
        switch architecture {
        case "x86_64": "linux/amd64"
        case "aarch64": "linux/arm64"
        default: "linux/\(architecture)"
        }
    }

    /// The words of `requires: host:`.
    public static let hostWords = [
        "apparmor", "selinux", "seccomp", "swap", "ipv6", "ipv6-localhost", "hugepages", "criu",
    ]

    /// Whether the node has what a word stands for, and what shows it; `nil` for an unknown word.
    public func has(_ word: String) -> (Bool, evidence: String)? { present[word].map { ($0.0, evidence: $0.1) } }

    /// Looks at the node. What cannot be read is left at zero or empty.
    public static func collect(root: HostRoot) -> NodeFacts { NodeFacts(root) }

    private init(_ root: HostRoot) {
        func line(_ name: String) -> String {
            ((try? root.text(name)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        }
        var names = utsname()
        uname(&names)
        kernel = line("/proc/sys/kernel/osrelease")
        hostname = line("/proc/sys/kernel/hostname")
        architecture = withUnsafeBytes(of: names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let release = line("/etc/os-release").split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        osRelease = release.map { $0.dropFirst(12).trimmingCharacters(in: CharacterSet(charactersIn: "\"")) } ?? ""
        cpus = ProcessInfo.processInfo.activeProcessorCount
        let memory = line("/proc/meminfo").split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        memoryBytes = (memory?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
        let mounts = (try? MountTable(pid: nil, root: root).mounts) ?? []
        let unified = mounts.first { $0.type == "cgroup2" }
        let hierarchies = mounts.filter { $0.type == "cgroup" }
        cgroupVersion = hierarchies.isEmpty ? .v2 : (unified == nil ? .v1 : .hybrid)
        if hierarchies.isEmpty, let unified {
            cgroupControllers = line("\(unified.point)/cgroup.controllers").split(separator: " ").map(String.init)
        } else {
            let known = line("/proc/cgroups").split(separator: "\n").filter { !$0.hasPrefix("#") }
            cgroupControllers = known.compactMap { $0.split(separator: "\t").first.map(String.init) }
        }
        let status = (try? StatusFile(pid: "self", root: root)) ?? StatusFile()
        capabilities = Capabilities.names(status.capabilities("CapEff"))
        present = Self.words(root, line)
    }

    private static func words(_ root: HostRoot, _ line: (String) -> String) -> [String: (Bool, String)] {
        func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: root.path(of: name)) }
        let appArmor = line("/sys/module/apparmor/parameters/enabled")
        let swaps = line("/proc/swaps").split(separator: "\n").count - 1
        let hugePages = root.names(in: "/sys/kernel/mm/hugepages")
        let noIPv6 = line("/proc/sys/net/ipv6/conf/all/disable_ipv6")
        let hosts = line("/etc/hosts").split(separator: "\n").map {
            $0.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
        }
        let criu = ["/usr/sbin/criu", "/usr/local/sbin/criu", "/usr/bin/criu"].first(where: exists)
        return [
            "apparmor": (appArmor == "Y", "/sys/module/apparmor/parameters/enabled is '\(appArmor)'"),
            "selinux": (
                exists("/sys/fs/selinux/enforce"),
                "/sys/fs/selinux/enforce \(exists("/sys/fs/selinux/enforce") ? "exists" : "does not exist")"
            ),
            "seccomp": (
                exists("/proc/sys/kernel/seccomp"),
                "/proc/sys/kernel/seccomp \(exists("/proc/sys/kernel/seccomp") ? "exists" : "does not exist")"
            ),
            "swap": (swaps > 0, "/proc/swaps lists \(max(0, swaps)) areas"),
            "ipv6": (noIPv6 == "0", "/proc/sys/net/ipv6/conf/all/disable_ipv6 is '\(noIPv6)'"),
            "ipv6-localhost": (
                hosts.contains { $0.first == "::1" && $0.contains("localhost") },
                "/etc/hosts has \(hosts.count { $0.contains("localhost") }) lines with localhost"
            ),
            "hugepages": (!hugePages.isEmpty, "/sys/kernel/mm/hugepages lists \(hugePages.count) sizes"),
            "criu": (criu != nil, criu ?? "no criu in the usual folders"),
        ]
    }
}
