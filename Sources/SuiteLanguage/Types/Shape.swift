public import CRICatalog

/// The type of a value as lint knows it: of a request field, of a part of a step's result, of what a name stands for.
public indirect enum Shape: Sendable, Hashable {
    case bool
    case text
    case bytes
    case double
    /// A number, and what it counts when the catalogue says so.
    case integer(FieldDescriptor.Unit?)
    /// A length of time of ours, kept in nanoseconds.
    case duration
    /// An enum of the catalogue.
    case enumeration(String)
    /// The name of a gRPC code.
    case code
    /// A gRPC status message: text that also has classes.
    case message
    case list(Shape)
    case map(Shape)
    /// A message of the catalogue; the unit is that of the number inside `Int64Value` and `UInt64Value`.
    case record(String, FieldDescriptor.Unit?)
    /// A result of ours with these fields. `itself` is what the bare name stands for, when it stands for something.
    case result(String, [String: Shape], itself: Shape?)
    /// Something whose fields are not known beforehand, such as the files of a cgroup.
    case anything

    /// The shape of a field of the catalogue.
    public init(_ field: FieldDescriptor) {
        let item = Shape(field.type, unit: field.unit)
        self = field.isRepeated ? .list(item) : item
    }

    init(_ type: FieldType, unit: FieldDescriptor.Unit?) {
        switch type {
        case .bool: self = .bool
        case .int32, .int64, .uint32, .uint64: self = .integer(unit)
        case .double: self = .double
        case .string: self = .text
        case .bytes: self = .bytes
        case .enumeration(let name): self = .enumeration(name)
        case .message(let name): self = .record(name, unit)
        case .map(let value): self = .map(Shape(value, unit: unit))
        }
    }

    /// The shape a value of this shape has where a value is wanted: a name that stands for something is that thing.
    var asValue: Shape { if case .result(_, _, .some(let itself)) = self { itself } else { self } }

    /// The names of the fields, if this has fields that are known.
    func fieldNames(_ catalog: Catalog) -> [String]? {
        switch self {
        case .record(let name, _): catalog.message(named: name)?.fields.map(\.jsonName)
        case .result(_, let fields, let itself):
            (fields.keys + (itself?.fieldNames(catalog) ?? [])).sorted()
        default: nil
        }
    }

    /// The field of this name with its shape and the name it is kept under.
    func field(named name: String, _ catalog: Catalog) -> (name: String, shape: Shape)? {
        switch self {
        case .record(let message, let unit):
            guard let field = catalog.message(named: message)?.field(named: name) else { return nil }
            let isWrapper = catalog.message(named: message)?.isWrapper ?? false
            return (field.jsonName, isWrapper ? .integer(unit) : Shape(field))
        case .result(_, let fields, let itself):
            return fields[name].map { (name, $0) } ?? itself?.field(named: name, catalog)
        case .anything: return (name, .anything)
        default: return nil
        }
    }

    /// How messages name this shape.
    var words: String {
        switch self {
        case .bool: "a boolean"
        case .text: "text"
        case .bytes: "bytes"
        case .double: "a number"
        case .integer(.some(let unit)): "a number of \(unit.rawValue)"
        case .integer(.none): "a number"
        case .duration: "a duration"
        case .enumeration(let name): name
        case .code: "a gRPC code"
        case .message: "a status message"
        case .list(let item): "a list of \(item.words)"
        case .map(let item): "a map of \(item.words)"
        case .record(let name, _): name
        case .result(let name, _, _): name
        case .anything: "a value"
        }
    }

    /// Whether values of this shape have an order.
    var isOrdered: Bool {
        switch self {
        case .integer, .duration, .double, .enumeration, .anything: true
        default: false
        }
    }

    /// Whether it is a single value that can stand inside a text.
    var isScalar: Bool {
        switch self {
        case .list, .map, .record: false
        case .result(_, _, let itself): itself?.isScalar ?? false
        default: true
        }
    }

    /// Whether a value of another shape may stand where this one is wanted.
    func accepts(_ other: Shape) -> Bool {
        let other = other.asValue
        if self == other { return true }
        switch (self, other) {
        case (.anything, _), (_, .anything): return true
        case (.integer, .integer), (.integer, .duration), (.duration, .integer), (.double, .integer): return true
        case (.text, .integer), (.text, .code), (.text, .message), (.text, .bytes), (.text, .enumeration): return true
        case (.bytes, .text), (.bytes, .integer), (.message, .text), (.code, .text): return true
        case (.record(let left, _), .record(let right, _)): return left == right
        case (.list(let left), .list(let right)), (.map(let left), .map(let right)): return left.accepts(right)
        default: return false
        }
    }
}
