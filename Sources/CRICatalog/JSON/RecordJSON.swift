/// Messages in proto3's JSON form, by the catalogue: what reports show and what calls by name take.
public struct RecordJSON: Sendable {
    private let catalog: Catalog

    public init(_ catalog: Catalog = .cri) { self.catalog = catalog }

    // MARK: - Writing

    /// The record as JSON: fields in the order of their names, 64-bit numbers as text, bytes as base64.
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
        case .double(let double):
            if double.isNaN { return .string("NaN") }
            if double.isInfinite { return .string(double < 0 ? "-Infinity" : "Infinity") }
            return .number(double == double.rounded() && abs(double) < 1e15 ? "\(Int64(double))" : "\(double)")
        case .text(let text): return .string(text)
        case .bytes(let bytes): return .string(Base64.encode(bytes))
        case .enumeration(let member): return member.name.map { .string($0) } ?? .number("\(member.number)")
        case .list(let items): return .array(items.map { json($0, type) })
        case .map(let entries):
            let item: FieldType? = if case .map(let value)? = type { value } else { nil }
            return .object(entries.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, json($0.value, item)) })
        case .record(let record):
            let message = catalog.message(named: record.type)
            return .object(
                record.fields.sorted { $0.key < $1.key }.map { name, value in
                    JSONValue.Member(name, json(value, message?.field(named: name)?.type))
                })
        }
    }

    // MARK: - Reading

    /// Reads a message from JSON; both spellings of field names, enums by name or number, 64-bit numbers as number
    /// or text, bytes in either base64.
    ///
    /// - Throws: `RecordJSONError` with the path of what does not fit.
    public func parse(_ bytes: [UInt8], as message: String) throws(RecordJSONError) -> Record {
        let json: JSONValue
        do { json = try JSONValue.parse(bytes) } catch { throw RecordJSONError(path: "", message: error.description) }
        return try record(json, message, path: "")
    }

    private func record(_ json: JSONValue, _ name: String, path: String) throws(RecordJSONError) -> Record {
        guard case .object(let members) = json, let message = catalog.message(named: name) else {
            throw RecordJSONError(path: path, message: "an object is wanted, \(name)")
        }
        var record = Record(type: name)
        for member in members {
            let inner = path.isEmpty ? member.name : "\(path).\(member.name)"
            guard let field = message.field(named: member.name) else {
                let hint = Spelling.suggestion(for: member.name, among: message.fields.map(\.jsonName))
                throw RecordJSONError(path: inner, message: "\(name) has no field '\(member.name)'\(hint)")
            }
            guard record.fields[field.jsonName] == nil else {
                throw RecordJSONError(path: inner, message: "the field is written twice")
            }
            if case .null = member.value { continue }
            let value = try self.value(member.value, field, path: inner)
            if value != Value.unset(field, in: catalog) { record[field.jsonName] = value }
        }
        return record
    }

    private func value(_ json: JSONValue, _ field: FieldDescriptor, path: String) throws(RecordJSONError) -> Value {
        if field.isRepeated {
            guard case .array(let items) = json else { throw RecordJSONError(path: path, message: "an array is wanted") }
            var values: [Value] = []
            for (index, item) in items.enumerated() {
                values.append(try value(item, field.type, path: "\(path)[\(index)]"))
            }
            return .list(values)
        }
        return try value(json, field.type, path: path)
    }

    private func value(_ json: JSONValue, _ type: FieldType, path: String) throws(RecordJSONError) -> Value {
        func wanted(_ what: String) -> RecordJSONError { RecordJSONError(path: path, message: "\(what) is wanted") }
        switch (type, json) {
        case (.bool, .bool(let bool)): return .bool(bool)
        case (.string, .string(let text)): return .text(text)
        case (.bytes, .string(let text)):
            guard let bytes = Base64.decode(text) else { throw wanted("base64") }
            return .bytes(bytes)
        case (.double, .number(let digits)): return .double(Double(digits) ?? 0)
        case (.double, .string("NaN")): return .double(.nan)
        case (.double, .string("Infinity")): return .double(.infinity)
        case (.double, .string("-Infinity")): return .double(-.infinity)
        case (.int32, .number(let digits)), (.int32, .string(let digits)):
            return .integer(Int128(try integer(digits, Int32.self, path)))
        case (.uint32, .number(let digits)), (.uint32, .string(let digits)):
            return .integer(Int128(try integer(digits, UInt32.self, path)))
        case (.int64, .number(let digits)), (.int64, .string(let digits)):
            return .integer(Int128(try integer(digits, Int64.self, path)))
        case (.uint64, .number(let digits)), (.uint64, .string(let digits)):
            return .integer(Int128(try integer(digits, UInt64.self, path)))
        case (.enumeration(let name), .string(let text)):
            guard let enumeration = catalog.enumeration(named: name) else { throw wanted(name) }
            guard let member = enumeration.member(named: text) else {
                let hint = Spelling.suggestion(for: text, among: enumeration.members.map(\.name))
                throw RecordJSONError(path: path, message: "\(name) has no value '\(text)'\(hint)")
            }
            return .enumeration(EnumValue(enumeration, number: member.number))
        case (.enumeration(let name), .number(let digits)):
            guard let enumeration = catalog.enumeration(named: name) else { throw wanted(name) }
            return .enumeration(EnumValue(enumeration, number: try integer(digits, Int32.self, path)))
        case (.message(let name), _): return .record(try record(json, name, path: path))
        case (.map(let item), .object(let members)):
            var entries: [String: Value] = [:]
            for member in members { entries[member.name] = try value(member.value, item, path: "\(path)[\(member.name)]") }
            return .map(entries)
        default: throw wanted(Self.words(type))
        }
    }

    private func integer<Number: FixedWidthInteger>(
        _ digits: String, _ type: Number.Type, _ path: String
    ) throws(RecordJSONError) -> Number {
        if let number = Number(digits) { return number }
        // 1e3 and 5.0 are integers to proto3's JSON.
        if let double = Double(digits), let number = Number(exactly: double) { return number }
        throw RecordJSONError(path: path, message: "'\(digits)' is no \(type)")
    }

    private static func words(_ type: FieldType) -> String {
        switch type {
        case .bool: "true or false"
        case .int32, .int64, .uint32, .uint64: "an integer"
        case .double: "a number"
        case .string: "a text"
        case .bytes: "base64"
        case .enumeration(let name), .message(let name): name
        case .map: "an object"
        }
    }
}

/// JSON that is no such message.
public struct RecordJSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where, `config.metadata.attempt`; empty for the whole text.
    public let path: String
    public let message: String

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

/// RFC 4648 base64.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let rest = bytes.count - start
            let group =
                UInt32(bytes[start]) << 16 | (rest > 1 ? UInt32(bytes[start + 1]) << 8 : 0)
                | (rest > 2 ? UInt32(bytes[start + 2]) : 0)
            for place in 0..<4 {
                out.append(place <= rest ? alphabet[Int(group >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Reads the standard and the URL alphabet, with or without padding.
    static func decode(_ text: String) -> [UInt8]? {
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        let body = text.utf8.reversed().drop { $0 == UInt8(ascii: "=") }.reversed()
        guard body.count % 4 != 1 else { return nil }
        for byte in body {
            let digit: UInt32
            switch byte {
            case 0x41...0x5a: digit = UInt32(byte) - 0x41
            case 0x61...0x7a: digit = UInt32(byte) - 0x61 + 26
            case 0x30...0x39: digit = UInt32(byte) - 0x30 + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): digit = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): digit = 63
            default: return nil
            }
            bits = bits << 6 | digit
            count += 6
            if count >= 8 {
                count -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return out
    }
}
