import CRICatalog

/// The pieces of a JSON Schema (draft-07, which editors' YAML support reads).
enum SchemaJSON {
    static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(members.map { (name: $0.0, value: $0.1) })
    }

    static func strings(_ items: [String]) -> JSONValue { .array(items.map { .string($0) }) }

    static func type(_ name: String) -> JSONValue { object([("type", .string(name))]) }

    static func reference(_ name: String) -> JSONValue { object([("$ref", .string("#/definitions/\(name)"))]) }

    static func any(_ items: [JSONValue]) -> JSONValue { object([("anyOf", .array(items))]) }

    static func list(of item: JSONValue) -> JSONValue { object([("type", .string("array")), ("items", item)]) }

    static func words(_ words: [String]) -> JSONValue { object([("enum", strings(words))]) }

    static func pattern(_ pattern: String) -> JSONValue {
        object([("type", .string("string")), ("pattern", .string(pattern))])
    }

    /// A mapping with these keys and no others.
    static func mapping(_ properties: [(String, JSONValue)], required: [String] = [], open: Bool = false) -> JSONValue {
        var members: [(String, JSONValue)] = [("type", .string("object")), ("properties", object(properties))]
        if !required.isEmpty { members.append(("required", strings(required))) }
        if !open { members.append(("additionalProperties", .bool(false))) }
        return object(members)
    }

    static func described(_ schema: JSONValue, _ text: String) -> JSONValue {
        guard case .object(let members) = schema else { return schema }
        return .object([(name: "description", value: .string(text))] + members)
    }

    /// What any part of a case may be instead: a value looked up while it runs, or a column of its matrix.
    static let lookedUp = pattern("\\$\\{")

    /// The text with two spaces per level, for a file that people diff.
    static func render(_ value: JSONValue) -> String {
        var out = ""
        write(value, 0, &out)
        return out + "\n"
    }

    private static func write(_ value: JSONValue, _ level: Int, _ out: inout String) {
        let pad = String(repeating: "  ", count: level + 1)
        let end = String(repeating: "  ", count: level)
        switch value {
        case .array(let items) where items.contains { if case .object = $0 { true } else { false } }:
            out += "[\n"
            for (index, item) in items.enumerated() {
                out += pad
                write(item, level + 1, &out)
                out += index == items.count - 1 ? "\n" : ",\n"
            }
            out += "\(end)]"
        case .object(let members) where !members.isEmpty:
            out += "{\n"
            for (index, member) in members.enumerated() {
                out += pad + String(decoding: JSONValue.string(member.name).render(), as: UTF8.self) + ": "
                write(member.value, level + 1, &out)
                out += index == members.count - 1 ? "\n" : ",\n"
            }
            out += "\(end)}"
        default: out += String(decoding: value.render(), as: UTF8.self)
        }
    }
}
