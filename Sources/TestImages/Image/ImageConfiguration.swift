/// The `config` object of an OCI image configuration: what a container takes from its image.
///
/// Coded with the specification's own capitalised names. A field that is `nil` is not written, which is not the same
/// as an empty one; nothing is checked, because odd values are what some cases are about.
public struct ImageConfiguration: Sendable, Hashable, Codable {
    /// Environment entries, each `NAME=value`.
    public var environment: [String]?
    /// The argument vector's beginning.
    public var entrypoint: [String]?
    /// The argument vector's end, which a container may replace alone.
    public var command: [String]?
    /// `user`, `uid`, `user:group`, `uid:gid`, `uid:group` or `user:gid`.
    public var user: String?
    /// The directory processes start in.
    public var workingDirectory: String?
    /// Paths that should be volumes.
    public var volumes: Set<String>?
    /// The signal that asks the container to end, by name (`SIGUSR1`) or number.
    public var stopSignal: String?
    /// Labels of the image.
    public var labels: [String: String]?
    /// Ports, each `port/protocol`.
    public var exposedPorts: Set<String>?

    /// Creates a configuration that says nothing.
    public init() {}

    /// The names of the fields as the specification spells them, in alphabetical order.
    public static let fieldNames = CodingKeys.allCases.map(\.rawValue).sorted()

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case environment = "Env"
        case entrypoint = "Entrypoint"
        case command = "Cmd"
        case user = "User"
        case workingDirectory = "WorkingDir"
        case volumes = "Volumes"
        case stopSignal = "StopSignal"
        case labels = "Labels"
        case exposedPorts = "ExposedPorts"
    }

    /// Reads the object; names it does not know are left unread, as the specification asks.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        environment = try fields.decodeIfPresent([String].self, forKey: .environment)
        entrypoint = try fields.decodeIfPresent([String].self, forKey: .entrypoint)
        command = try fields.decodeIfPresent([String].self, forKey: .command)
        user = try fields.decodeIfPresent(String.self, forKey: .user)
        workingDirectory = try fields.decodeIfPresent(String.self, forKey: .workingDirectory)
        volumes = try fields.decodeIfPresent(NameSet.self, forKey: .volumes)?.names
        stopSignal = try fields.decodeIfPresent(String.self, forKey: .stopSignal)
        labels = try fields.decodeIfPresent([String: String].self, forKey: .labels)
        exposedPorts = try fields.decodeIfPresent(NameSet.self, forKey: .exposedPorts)?.names
    }

    /// Writes the object.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encodeIfPresent(environment, forKey: .environment)
        try fields.encodeIfPresent(entrypoint, forKey: .entrypoint)
        try fields.encodeIfPresent(command, forKey: .command)
        try fields.encodeIfPresent(user, forKey: .user)
        try fields.encodeIfPresent(workingDirectory, forKey: .workingDirectory)
        try fields.encodeIfPresent(volumes.map(NameSet.init), forKey: .volumes)
        try fields.encodeIfPresent(stopSignal, forKey: .stopSignal)
        try fields.encodeIfPresent(labels, forKey: .labels)
        try fields.encodeIfPresent(exposedPorts.map(NameSet.init), forKey: .exposedPorts)
    }
}

/// A set of names as Go's `map[string]struct{}` is written: `{"/data": {}}`.
private struct NameSet: Codable {
    struct Nothing: Codable {}
    let names: Set<String>

    init(_ names: Set<String>) { self.names = names }

    init(from decoder: any Decoder) throws {
        names = Set(try [String: Nothing](from: decoder).keys)
    }

    func encode(to encoder: any Encoder) throws {
        try Dictionary(uniqueKeysWithValues: names.map { ($0, Nothing()) }).encode(to: encoder)
    }
}
