/// Messages in proto3's JSON form, by the catalogue: what reports show and what calls by name take.
///
/// https://protobuf.dev/programming-guides/json
public struct RecordJSON: Sendable {
    let catalog: Catalog

    /// Creates a reader and writer for the messages of a catalogue.
    public init(_ catalog: Catalog = .cri) { self.catalog = catalog }

    /// The record as JSON: fields in the order of their names, 64-bit numbers as text, bytes as base64, enums by name.
    /// A record that is no message, the result of a step, becomes a plain object of its values, numbers as numbers.
    ///
    /// - Parameter redacted: whether secrets are replaced first; only a caller that sends the text on to a runtime
    ///   has a reason not to.
    public func render(_ record: Record, redacted: Bool = true) -> [UInt8] {
        json(.record(redacted ? Redaction(catalog).redact(record) : record), nil).render()
    }

    private func json(_ value: Value, _ type: FieldType?) -> JSONValue {
        switch value {
        case .bool(let bool): return .bool(bool)
        case .integer(let integer):
            switch type {
            case .int64, .uint64: return .string("\(integer)")
            default: return .number("\(integer)")
            }
        case .double(let double): return json(double)
        case .text(let text): return .string(text)
        case .bytes(let bytes): return .string(Base64.encode(bytes))
        case .enumeration(let member): return member.name.map { .string($0) } ?? .number("\(member.number)")
        case .list(let items): return .array(items.map { json($0, type) })
        case .map(let entries):
            let item: FieldType? = if case .map(let value)? = type { value } else { nil }
            return .object(entries.sorted { $0.key < $1.key }.map { ($0.key, json($0.value, item)) })
        case .record(let record):
            let message = catalog.message(named: record.type)
            return .object(
                record.fields.sorted { $0.key < $1.key }.map { name, value in
                    (name, json(value, message?.field(named: name)?.type))
                }
            )
        }
    }

    private func json(_ double: Double) -> JSONValue {
        if double.isNaN { return .string("NaN") }
        if double.isInfinite { return .string(double < 0 ? "-Infinity" : "Infinity") }
        // "3" reads better than "3.0"; the description of any other finite double is JSON already, and exact.
        let digits = "\(double)"
        return .number(digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits)
    }
}

/// JSON that is no such message.
public struct RecordJSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where, `config.metadata.attempt`; empty for the whole text.
    public let path: String
    /// What does not fit.
    public let message: String

    /// How messages show it.
    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
