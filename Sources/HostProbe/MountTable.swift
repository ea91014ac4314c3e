public import CRICatalog

/// The mounts a process sees (`/proc/PID/mountinfo`, proc_pid_mountinfo(5)).
public struct MountTable: Sendable {
    /// One mount.
    public struct Entry: Sendable, Hashable {
        /// Where it is mounted.
        public let point: String
        /// What is mounted, as the kernel names it.
        public let source: String
        /// The file system's type, `overlay`.
        public let type: String
        /// Options of this mount, `ro`.
        public let options: [String]
        /// Options of the file system.
        public let superOptions: [String]
        /// The folder of the file system that is the root of this mount.
        public let root: String
        /// `private`, `shared`, `slave`, or both of the latter.
        public let propagation: String
    }

    /// All mounts, in the kernel's order.
    public let mounts: [Entry]

    /// A node has at most some hundred thousand mounts (`fs.mount-max`), and those of overlays take a kilobyte or more.
    private static let sizeLimit = 256 << 20

    /// Reads the mounts of a process; `nil` for this one's.
    ///
    /// - Throws: `ProbeError` also for a table that is not read to its end: the youngest mounts stand there.
    public init(pid: Int32?, root: HostRoot) throws(ProbeError) {
        let path = "/proc/\(pid.map(String.init) ?? "self")/mountinfo"
        let bytes = try root.bytes(path, limit: Self.sizeLimit)
        guard bytes.count < Self.sizeLimit else {
            throw ProbeError(.unsupported, "it is larger than \(Self.sizeLimit >> 20) MiB", path: path)
        }
        mounts = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap(Self.entry)
    }

    /// The mounts at a path and below it.
    public func under(_ path: String) -> [Entry] {
        let folder = path.hasSuffix("/") ? path : path + "/"
        return mounts.filter { $0.point == path || $0.point.hasPrefix(folder) }
    }

    /// The same as a value for suites.
    public func record(under path: String) -> Record {
        let items = under(path).map { entry in
            Value.record(
                Record(
                    type: "mount",
                    fields: [
                        "path": .text(entry.point), "source": .text(entry.source), "type": .text(entry.type),
                        "options": .list(entry.options.map { .text($0) }), "propagation": .text(entry.propagation),
                    ]
                )
            )
        }
        return Record(type: "mounts", fields: ["mounts": .list(items)])
    }

    private static func entry(_ line: Substring) -> Entry? {
        // A mount may have no source at all, and then there is nothing between two spaces.
        let fields = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 4 else { return nil }
        let tags = fields[6..<dash].map { $0.prefix { $0 != ":" } }.compactMap { tag -> String? in
            switch tag {
            case "shared": "shared"
            case "master": "slave"
            case "unbindable": "unbindable"
            default: nil
            }
        }
        return Entry(
            point: unescaped(fields[4]),
            source: unescaped(fields[dash + 2]),
            type: fields[dash + 1],
            options: fields[5].split(separator: ",").map(String.init),
            superOptions: fields[dash + 3].split(separator: ",").map(String.init),
            root: unescaped(fields[3]),
            propagation: tags.isEmpty ? "private" : tags.joined(separator: " ")
        )
    }

    /// The kernel writes space, tab, newline and backslash as three octal digits.
    private static func unescaped(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "\\"), index + 3 < source.count,
                let byte = UInt8(String(decoding: source[(index + 1)...(index + 3)], as: UTF8.self), radix: 8)
            {
                bytes.append(byte)
                index += 4
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
