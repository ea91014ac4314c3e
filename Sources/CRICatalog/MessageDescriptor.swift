/// A message of the CRI and its fields.
public struct MessageDescriptor: Sendable {
    /// Its name inside package `runtime.v1`.
    public let name: String
    /// Its fields in the order of the catalogue, which is that of the CRI's own text.
    public let fields: [FieldDescriptor]
    /// Its fields in the order they are encoded in.
    let fieldsByNumber: [FieldDescriptor]
    private let byName: [String: Int]
    private let byNumber: [Int: Int]

    init(name: String, fields: [FieldDescriptor]) {
        self.name = name
        self.fields = fields
        fieldsByNumber = fields.sorted { $0.number < $1.number }
        var byName: [String: Int] = [:]
        var byNumber: [Int: Int] = [:]
        for (index, field) in fields.enumerated() {
            byName[field.name] = index
            byName[field.jsonName] = index
            byNumber[field.number] = index
        }
        self.byName = byName
        self.byNumber = byNumber
    }

    /// The field of this name, in either spelling: `podSandboxId` or `pod_sandbox_id`.
    public func field(named name: String) -> FieldDescriptor? { byName[name].map { fields[$0] } }

    /// The field with this number on the wire.
    public func field(number: Int) -> FieldDescriptor? { byNumber[number].map { fields[$0] } }

    /// Whether this is `Int64Value` or `UInt64Value`: a message only so that "unset" differs from zero.
    public var isWrapper: Bool { name == "Int64Value" || name == "UInt64Value" }
}

/// A field of a message of the CRI.
public struct FieldDescriptor: Sendable, Hashable {
    /// Marks that the protocol file gives to some fields.
    public enum Option: String, Sendable {
        /// A secret: shown nowhere.
        case redacted = "debug_redact"
        /// Kept for old clients; another field has its meaning now.
        case deprecated
    }

    /// What a number counts, where the CRI's text says so.
    public enum Unit: String, Sendable {
        case bytes, nanoseconds, microseconds, seconds
    }

    /// Its name in the protocol file, `pod_sandbox_id`.
    public let name: String
    /// Its name in proto3's JSON form and in suites, `podSandboxId`.
    public let jsonName: String
    /// Its number on the wire.
    public let number: Int
    /// The type of the field, or of one item of it when it is repeated.
    public let type: FieldType
    /// Whether it holds a list.
    public let isRepeated: Bool
    /// Marks of the protocol file.
    public let option: Option?
    /// The Kubernetes minor whose CRI introduced it.
    public let since: KubernetesMinor
    /// What its number counts; for a wrapper message, what the wrapped number counts.
    public let unit: Unit?

    /// proto3's rule for JSON names: underscores go, the letter after each is capitalised.
    static func jsonName(of name: String) -> String {
        var result = ""
        var capitalise = false
        for character in name {
            if character == "_" {
                capitalise = true
            } else {
                result += capitalise ? character.uppercased() : String(character)
                capitalise = false
            }
        }
        return result
    }
}

/// The type of a field, or of one item of a repeated field.
public indirect enum FieldType: Sendable, Hashable {
    case bool
    case int32, int64, uint32, uint64
    case double
    case string, bytes
    /// An enum, by its name in the catalogue (`SecurityProfile.ProfileType` is the only nested one).
    case enumeration(String)
    /// A message, by its name.
    case message(String)
    /// A map; the CRI's keys are all strings.
    case map(value: FieldType)

    /// The numbers it can hold; `nil` for what holds none.
    public var range: ClosedRange<Int128>? {
        switch self {
        case .int32, .enumeration: Int128(Int32.min)...Int128(Int32.max)
        case .int64: Int128(Int64.min)...Int128(Int64.max)
        case .uint32: 0...Int128(UInt32.max)
        case .uint64: 0...Int128(UInt64.max)
        case .bool, .double, .string, .bytes, .message, .map: nil
        }
    }

    /// Whether items of a repeated field of this type may share one length-delimited record.
    public var isPackable: Bool {
        switch self {
        case .bool, .int32, .int64, .uint32, .uint64, .double, .enumeration: true
        case .string, .bytes, .message, .map: false
        }
    }
}
