import CRICatalog

/// The CRI's messages and enums as definitions of a schema, from the catalogue.
struct MessageSchema {
    let catalog: Catalog

    /// Every message that a request can hold under its name, and every enum in them.
    var definitions: [(String, JSONValue)] {
        var names: Set<String> = []
        for rpc in catalog.rpcs { reach(rpc.request, &names) }
        let messages = catalog.messages.filter { names.contains($0.name) }.map { ($0.name, message($0)) }
        let enums = catalog.enums.filter { names.contains($0.name) }.map { ($0.name, values(of: $0)) }
        return messages + enums
    }

    private func values(of type: EnumDescriptor) -> JSONValue {
        SchemaJSON.any([
            SchemaJSON.words(type.members.map(\.name)), SchemaJSON.type("integer"), SchemaJSON.lookedUp,
        ])
    }

    /// Collects a type and what it is made of.
    private func reach(_ name: String, _ names: inout Set<String>) {
        guard names.insert(name).inserted else { return }
        for field in catalog.message(named: name)?.fields ?? [] {
            var type = field.type
            if case .map(let value) = type { type = value }
            switch type {
            case .message(let inner), .enumeration(let inner): reach(inner, &names)
            default: break
            }
        }
    }

    private func message(_ message: MessageDescriptor) -> JSONValue {
        if message.isWrapper {
            // `null` leaves it out of a fixture.
            return SchemaJSON.any([
                SchemaJSON.mapping([("value", number)]), SchemaJSON.lookedUp, SchemaJSON.type("null"),
            ])
        }
        var properties: [(String, JSONValue)] = []
        for field in message.fields {
            let schema = SchemaJSON.described(
                SchemaJSON.any([self.schema(field), SchemaJSON.type("null")]),
                Self.description(of: field, in: message)
            )
            properties.append((field.jsonName, schema))
            // Both spellings are read.
            if field.name != field.jsonName { properties.append((field.name, schema)) }
        }
        return SchemaJSON.any([SchemaJSON.mapping(properties), SchemaJSON.lookedUp])
    }

    private static func description(of field: FieldDescriptor, in message: MessageDescriptor) -> String {
        var text = "\(message.name).\(field.name)"
        if let unit = field.unit { text += ", in \(unit.rawValue)" }
        if field.since > KubernetesMinor(major: 1, minor: 23) { text += " (since Kubernetes \(field.since))" }
        return text
    }

    private func schema(_ field: FieldDescriptor) -> JSONValue {
        let item = schema(field.type)
        return field.isRepeated ? SchemaJSON.any([SchemaJSON.list(of: item), SchemaJSON.lookedUp]) : item
    }

    private func schema(_ type: FieldType) -> JSONValue {
        switch type {
        case .bool: SchemaJSON.any([SchemaJSON.type("boolean"), SchemaJSON.lookedUp])
        case .int32, .int64, .uint32, .uint64: number
        case .double: SchemaJSON.any([SchemaJSON.type("number"), SchemaJSON.lookedUp])
        case .string: SchemaJSON.reference("text")
        case .bytes: SchemaJSON.reference("bytes")
        case .enumeration(let name): SchemaJSON.reference(name)
        case .message(let name): SchemaJSON.reference(name)
        case .map(let value):
            SchemaJSON.any([
                SchemaJSON.object([
                    ("type", .string("object")),
                    ("additionalProperties", SchemaJSON.any([schema(value), SchemaJSON.type("null")])),
                ]), SchemaJSON.lookedUp,
            ])
        }
    }

    /// A plain integer, or one with its unit.
    private var number: JSONValue { SchemaJSON.reference("number") }
}
