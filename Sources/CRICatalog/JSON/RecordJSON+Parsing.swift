extension RecordJSON {
    /// Reads a message from JSON: both spellings of field names, enums by name or number, 64-bit numbers as number
    /// or text, bytes in either base64, `null` for a field that is not set.
    ///
    /// - Throws: `RecordJSONError` with the path of what does not fit.
    public func parse(_ json: [UInt8], as message: String) throws(RecordJSONError) -> Record {
        let value: JSONValue
        do { value = try JSONValue.parse(json) } catch { throw RecordJSONError(path: "", message: error.description) }
        return try record(value, message, path: "")
    }

    private func record(_ json: JSONValue, _ name: String, path: String) throws(RecordJSONError) -> Record {
        guard let message = catalog.message(named: name) else {
            throw RecordJSONError(path: path, message: "the CRI has no message '\(name)'")
        }
        guard case .object(let members) = json else {
            throw RecordJSONError(path: path, message: "an object is wanted (\(name))")
        }
        var record = Record(type: name)
        var seen: Set<Int> = []
        for member in members {
            let inner = path.isEmpty ? member.name : "\(path).\(member.name)"
            guard let field = message.field(named: member.name) else {
                let hint = Spelling.suggestion(for: member.name, among: message.fields.map(\.jsonName))
                throw RecordJSONError(path: inner, message: "\(name) has no field '\(member.name)'\(hint)")
            }
            guard seen.insert(field.number).inserted else {
                throw RecordJSONError(path: inner, message: "the field is written twice")
            }
            if case .null = member.value { continue }
            let value = try value(member.value, field, path: inner)
            if !value.isProtoDefault { record[field.jsonName] = value }
        }
        return record
    }

    private func value(_ json: JSONValue, _ field: FieldDescriptor, path: String) throws(RecordJSONError) -> Value {
        guard field.isRepeated else { return try value(json, field.type, path: path) }
        guard case .array(let items) = json else { throw RecordJSONError(path: path, message: "an array is wanted") }
        var values: [Value] = []
        for (index, item) in items.enumerated() {
            values.append(try value(item, field.type, path: "\(path)[\(index)]"))
        }
        return .list(values)
    }

    private func value(_ json: JSONValue, _ type: FieldType, path: String) throws(RecordJSONError) -> Value {
        switch (type, json) {
        case (.bool, .bool(let bool)): return .bool(bool)
        case (.string, .string(let text)): return .text(text)
        case (.bytes, .string(let text)):
            if let bytes = Base64.decode(text) { return .bytes(bytes) }
        case (.double, .number(let text)), (.double, .string(let text)):
            if let double = Self.double(text) { return .double(double) }
        case (.int32, .number(let text)), (.int32, .string(let text)): return try integer(text, Int32.self, path)
        case (.int64, .number(let text)), (.int64, .string(let text)): return try integer(text, Int64.self, path)
        case (.uint32, .number(let text)), (.uint32, .string(let text)): return try integer(text, UInt32.self, path)
        case (.uint64, .number(let text)), (.uint64, .string(let text)): return try integer(text, UInt64.self, path)
        case (.enumeration(let name), _):
            if let enumeration = catalog.enumeration(named: name) { return try member(json, enumeration, path) }
        case (.message(let name), _): return .record(try record(json, name, path: path))
        case (.map(let item), .object(let members)): return try map(members, item, path)
        default: break
        }
        throw RecordJSONError(path: path, message: "\(Self.words(type)) is wanted")
    }

    private func member(
        _ json: JSONValue,
        _ enumeration: EnumDescriptor,
        _ path: String
    ) throws(RecordJSONError) -> Value {
        switch json {
        case .number(let text):
            guard let integer = ExactInteger.read(text), let number = Int32(exactly: integer) else { break }
            return .enumeration(EnumValue(enumeration, number: number))
        case .string(let text):
            guard let member = enumeration.member(named: text) else {
                let hint = Spelling.suggestion(for: text, among: enumeration.members.map(\.name))
                throw RecordJSONError(path: path, message: "\(enumeration.name) has no value '\(text)'\(hint)")
            }
            return .enumeration(EnumValue(enumeration, number: member.number))
        default: break
        }
        throw RecordJSONError(path: path, message: "\(enumeration.name) is wanted, by name or number")
    }

    private func map(
        _ members: [JSONValue.Member],
        _ type: FieldType,
        _ path: String
    ) throws(RecordJSONError) -> Value {
        var entries: [String: Value] = [:]
        for member in members {
            let inner = "\(path)[\(member.name)]"
            let value = try value(member.value, type, path: inner)
            guard entries.updateValue(value, forKey: member.name) == nil else {
                throw RecordJSONError(path: inner, message: "the key is written twice")
            }
        }
        return .map(entries)
    }

    private func integer(
        _ text: String,
        _ type: (some FixedWidthInteger).Type,
        _ path: String
    ) throws(RecordJSONError) -> Value {
        guard let integer = ExactInteger.read(text), type.init(exactly: integer) != nil else {
            throw RecordJSONError(path: path, message: "'\(text)' is no \(type)")
        }
        return .integer(integer)
    }

    /// A finite number, or one of the three that JSON cannot write and proto3 spells out.
    private static func double(_ text: String) -> Double? {
        switch text {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default:
            guard JSONParser.isNumber(text), let double = Double(text), double.isFinite else { return nil }
            return double
        }
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
