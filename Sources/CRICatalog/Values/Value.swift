/// A value as suites, records and reports handle it: a field of a CRI message or a part of a step's result.
public indirect enum Value: Sendable, Hashable {
    case bool(Bool)
    /// Any integer of the CRI, exact; wide enough for both `int64` and `uint64`.
    case integer(Int128)
    case double(Double)
    case text(String)
    case bytes([UInt8])
    case enumeration(EnumValue)
    case list([Value])
    case map([String: Value])
    case record(Record)
}

/// A value of an enum; runtimes may send numbers that have no name.
public struct EnumValue: Sendable, Hashable, CustomStringConvertible {
    /// The enum's name in the catalogue.
    public let type: String
    /// The number on the wire.
    public let number: Int32
    /// The name of that number, `nil` when the catalogue has none.
    public let name: String?

    /// Creates a value of an enum of the catalogue from its number.
    public init(_ type: EnumDescriptor, number: Int32) {
        self.type = type.name
        self.number = number
        name = type.member(number: number)?.name
    }

    /// Equal when they are the same number of the same enum, named or not.
    public static func == (left: Self, right: Self) -> Bool { left.number == right.number && left.type == right.type }

    /// Hashes what equality compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(number)
    }

    /// How messages show it.
    public var description: String { name ?? String(number) }
}

/// A message, or the result of a step: named fields, of which only those are kept that were set.
///
/// proto3 does not send default scalars, so a message's absent scalar *is* its default, and two messages are equal
/// exactly when their records are. An absent message stays absent: it never equals an empty one.
public struct Record: Sendable, Hashable {
    /// The message's name in the catalogue, or the name of a step's result.
    public let type: String
    /// The set fields, by JSON name.
    public var fields: [String: Value]

    /// Creates a record; default scalars, empty lists and empty maps of a message must be left out.
    public init(type: String, fields: [String: Value] = [:]) {
        self.type = type
        self.fields = fields
    }

    /// The value of a set field.
    public subscript(name: String) -> Value? {
        get { fields[name] }
        set { fields[name] = newValue }
    }
}

extension Value {
    /// The text, if this is one.
    public var text: String? { if case .text(let text) = self { text } else { nil } }

    /// The integer, if this is one.
    public var integer: Int128? { if case .integer(let integer) = self { integer } else { nil } }

    /// The items, if this is a list.
    public var list: [Value]? { if case .list(let list) = self { list } else { nil } }

    /// The record, if this is one.
    public var record: Record? { if case .record(let record) = self { record } else { nil } }

    /// Whether proto3 leaves a field with this value out. Messages have no default, and negative zero is not zero.
    var isProtoDefault: Bool {
        switch self {
        case .bool(let bool): !bool
        case .integer(let integer): integer == 0
        case .double(let double): double.bitPattern == 0
        case .text(let text): text.isEmpty
        case .bytes(let bytes): bytes.isEmpty
        case .enumeration(let member): member.number == 0
        case .list(let items): items.isEmpty
        case .map(let entries): entries.isEmpty
        case .record: false
        }
    }

    /// The value a message's field has when it was not sent; `nil` for messages, whose absence is not a value.
    public static func unset(_ field: FieldDescriptor, in catalog: Catalog) -> Value? {
        if field.isRepeated { return .list([]) }
        return unset(field.type, in: catalog)
    }

    static func unset(_ type: FieldType, in catalog: Catalog) -> Value? {
        switch type {
        case .bool: .bool(false)
        case .int32, .int64, .uint32, .uint64: .integer(0)
        case .double: .double(0)
        case .string: .text("")
        case .bytes: .bytes([])
        case .enumeration(let name): catalog.enumeration(named: name).map { .enumeration(EnumValue($0, number: 0)) }
        case .message: nil
        case .map: .map([:])
        }
    }
}
