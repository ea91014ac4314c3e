/// The typed table of looks at the node, by which suites are checked; tests hold it equal to what the probes return.
public enum HostObservation {
    private static let texts = ObservationKind.list(.text)

    /// The fields of a process.
    static let process: [ObservationField] = [
        ObservationField("argv", texts), ObservationField("env", .map(.text)), ObservationField("cwd", .text),
        ObservationField("pid", .integer), ObservationField("ppid", .integer), ObservationField("uid", .integer),
        ObservationField("gid", .integer), ObservationField("groups", .list(.integer)),
        ObservationField(
            "capabilities",
            .record(ProcessProbe.capabilitySets.map { ObservationField($0.0, texts) })
        ),
        ObservationField("no-new-privs", .bool), ObservationField("seccomp", .integer),
        ObservationField("oom-score-adj", .integer), ObservationField("state", .text),
        ObservationField("namespaces", .record(ProcessProbe.namespaces.map { ObservationField($0, .text) })),
        ObservationField("cgroup", .text), ObservationField("apparmor-label", .text),
        ObservationField("umask", .text), ObservationField("start-time", .integer),
    ]

    /// All looks, by the word a suite uses.
    public static let looks: [LookDescriptor] = [
        LookDescriptor("process", .container, process),
        LookDescriptor("processes", .container, [ObservationField("processes", .list(.record(process)))]),
        LookDescriptor("cgroup", .container, [], isOpen: true),
        LookDescriptor("remains", .sandbox, [ObservationField("items", texts)]),
        LookDescriptor(
            "mounts",
            .path,
            [
                ObservationField(
                    "mounts",
                    .list(
                        .record([
                            ObservationField("path", .text), ObservationField("source", .text),
                            ObservationField("type", .text), ObservationField("options", texts),
                            ObservationField("propagation", .text),
                        ])
                    )
                )
            ]
        ),
        LookDescriptor(
            "file",
            .path,
            [
                ObservationField("exists", .bool), ObservationField("type", .text), ObservationField("mode", .text),
                ObservationField("uid", .integer), ObservationField("gid", .integer),
                ObservationField("size", .size), ObservationField("content", .bytes),
            ]
        ),
        LookDescriptor(
            "connect",
            .address,
            [
                ObservationField("connected", .bool), ObservationField("error", .text),
                ObservationField("received", .text),
            ]
        ),
        LookDescriptor(
            "datagram",
            .address,
            [
                ObservationField("answered", .bool), ObservationField("error", .text),
                ObservationField("received", .text),
            ]
        ),
        LookDescriptor(
            "daemon",
            .runtime,
            [
                ObservationField("open-files", .integer), ObservationField("threads", .integer),
                ObservationField("resident", .size),
            ]
        ),
    ]
}

/// One look: its word, what it is pointed at, what it finds.
public struct LookDescriptor: Sendable {
    /// What a look can be pointed at.
    public enum Target: Sendable {
        case container, sandbox, path, address, runtime
    }

    /// The word a suite writes.
    public let name: String
    /// What it is pointed at.
    public let target: Target
    /// What it finds.
    public let fields: [ObservationField]
    /// Whether there are fields that cannot be listed, such as the files of a cgroup.
    public let isOpen: Bool

    init(_ name: String, _ target: Target, _ fields: [ObservationField], isOpen: Bool = false) {
        self.name = name
        self.target = target
        self.fields = fields
        self.isOpen = isOpen
    }
}

/// A field of what a look finds.
public struct ObservationField: Sendable {
    /// Its name in paths.
    public let name: String
    /// What it holds.
    public let kind: ObservationKind

    init(_ name: String, _ kind: ObservationKind) {
        self.name = name
        self.kind = kind
    }
}

/// What a field of a look holds.
public indirect enum ObservationKind: Sendable {
    case text, integer, bool, bytes
    /// A number of bytes.
    case size
    case list(ObservationKind)
    case map(ObservationKind)
    case record([ObservationField])
}
