public import CRICatalog
import FaultModel

/// The JSON Schema of fault plans for editors, `suites/schema/plan.schema.json`: made from the tables the reader itself
/// uses, so that they cannot come to disagree.
///
/// A schema cannot type paths, values of fields and what goes together; `crisol lint` does.
public enum PlanSchema {
    /// The schema's text.
    public static func plan(_ catalog: Catalog = .cri) -> String {
        let properties = FaultPlanReader.keys.map { key, help in
            (key, SchemaJSON.described(member(of: key), help))
        }
        let definitions: [(String, JSONValue)] = [
            ("text", text), ("texts", SchemaJSON.any([text, SchemaJSON.list(of: text)])),
            ("textMap", map(of: text)), ("duration", duration), ("size", size),
            ("methods", methods(catalog)), ("fault", fault), ("edit", edit), ("rule", rule),
        ]
        return SchemaJSON.render(
            SchemaJSON.object([
                ("$schema", .string("http://json-schema.org/draft-07/schema#")),
                ("title", .string("crisol fault plan")), ("type", .string("object")),
                ("properties", SchemaJSON.object(properties)), ("required", SchemaJSON.strings(["rules"])),
                ("additionalProperties", .bool(false)), ("definitions", SchemaJSON.object(definitions)),
            ])
        )
    }

    private static func member(of key: String) -> JSONValue {
        switch key {
        case "plan": SchemaJSON.pattern("^[a-z0-9][a-z0-9-]*$")
        case "references": SchemaJSON.reference("texts")
        case "expect":
            SchemaJSON.mapping([("kubelet", SchemaJSON.type("string")), ("runtime", SchemaJSON.type("string"))])
        case "parameters":
            map(
                of: SchemaJSON.mapping(
                    [("default", text), ("about", SchemaJSON.type("string"))],
                    required: ["default", "about"]
                )
            )
        case "seed": SchemaJSON.type("integer")
        case "protect":
            SchemaJSON.mapping([
                ("namespaces", SchemaJSON.reference("texts")), ("static-pods", SchemaJSON.type("boolean")),
            ])
        case "rules":
            SchemaJSON.object([
                ("type", .string("array")), ("minItems", .number("1")),
                ("maxItems", .number("\(RuleEngine.ruleLimit)")), ("items", SchemaJSON.reference("rule")),
            ])
        default: SchemaJSON.type("string")
        }
    }

    // MARK: - Values

    /// A value that a parameter of the plan stands for.
    private static let filled = SchemaJSON.lookedUp
    private static let text = SchemaJSON.any([
        SchemaJSON.type("string"), SchemaJSON.type("number"), SchemaJSON.type("boolean"),
    ])
    private static let duration = SchemaJSON.any([SchemaJSON.pattern("^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$"), filled])
    private static let size = SchemaJSON.any([
        SchemaJSON.type("integer"), SchemaJSON.pattern("^[0-9]+(\\.[0-9]+)?(B|KiB|MiB|GiB)$"), filled,
    ])
    private static let numbers = SchemaJSON.any([
        SchemaJSON.type("integer"),
        SchemaJSON.pattern("^ *[0-9]+(\\.\\.[0-9]+)?(\\+[0-9]*)?( *, *[0-9]+(\\.\\.[0-9]+)?(\\+[0-9]*)?)*$"), filled,
    ])

    private static func map(of value: JSONValue) -> JSONValue {
        SchemaJSON.object([("type", .string("object")), ("additionalProperties", value)])
    }

    private static func value(of kind: FaultWord.Kind) -> JSONValue {
        switch kind {
        case .duration, .span: SchemaJSON.reference("duration")
        case .range: SchemaJSON.list(of: SchemaJSON.reference("duration"))
        case .spread(let first, let second):
            SchemaJSON.mapping(
                [(first, SchemaJSON.reference("duration")), (second, SchemaJSON.reference("duration"))],
                required: [first, second]
            )
        case .size: SchemaJSON.reference("size")
        case .count: SchemaJSON.any([SchemaJSON.type("integer"), filled])
        case .numbers: numbers
        case .status: SchemaJSON.any([SchemaJSON.words(StatusCode.all.map(\.name)), filled])
        case .http2: SchemaJSON.any([SchemaJSON.words(HTTP2Code.names), filled])
        case .text: SchemaJSON.reference("text")
        case .bytes: SchemaJSON.any([SchemaJSON.reference("text"), SchemaJSON.mapping([("hex", text)])])
        case .flag: SchemaJSON.any([SchemaJSON.type("boolean"), filled])
        case .words(let words): SchemaJSON.any([SchemaJSON.words(words), filled])
        case .answer: SchemaJSON.type("object")
        case .edits: SchemaJSON.list(of: SchemaJSON.reference("edit"))
        }
    }

    // MARK: - Faults

    private static var fault: JSONValue {
        let properties = FaultWord.allCases.map { word -> (String, JSONValue) in
            var forms: [JSONValue] = []
            if word.standsAlone { forms.append(SchemaJSON.type("null")) }
            if let principal = word.principal, let parameter = word.parameters.first(where: { $0.key == principal }) {
                forms.append(value(of: parameter.kind))
            }
            if !word.parameters.isEmpty {
                forms.append(
                    SchemaJSON.mapping(
                        word.parameters.map { ($0.key, SchemaJSON.described(value(of: $0.kind), $0.help)) }
                    )
                )
            }
            return (word.rawValue, SchemaJSON.described(SchemaJSON.any(forms), word.help))
        }
        guard case .object(let members) = SchemaJSON.mapping(properties) else { return .null }
        return .object(
            members + [(name: "minProperties", value: .number("1")), (name: "maxProperties", value: .number("1"))]
        )
    }

    private static var edit: JSONValue {
        SchemaJSON.any(
            EditWord.allCases.map { word in
                let path = word == .swap ? "the one path" : word.help
                var properties = [(word.rawValue, SchemaJSON.described(SchemaJSON.type("string"), path))]
                if let operand = word.operand { properties.append((operand, SchemaJSON.object([]))) }
                return SchemaJSON.mapping(properties, required: properties.map(\.0))
            }
        )
    }

    // MARK: - Rules

    private static func methods(_ catalog: Catalog) -> JSONValue {
        let one = SchemaJSON.any([
            SchemaJSON.words(catalog.rpcs.map(\.name)), SchemaJSON.pattern("\\*"), filled,
        ])
        return SchemaJSON.any([one, SchemaJSON.list(of: one)])
    }

    private static var rule: JSONValue {
        let properties = CaseReader.ruleKeys.map { key, help -> (String, JSONValue) in
            let schema: JSONValue =
                switch key {
                case "id": SchemaJSON.any([SchemaJSON.pattern("^[A-Za-z0-9][A-Za-z0-9._-]*$"), filled])
                case "match": match
                case "fault": SchemaJSON.any([SchemaJSON.type("string"), SchemaJSON.reference("fault")])
                case "faults": map(of: SchemaJSON.reference("fault"))
                case "when": when
                case "ttl": SchemaJSON.reference("duration")
                case "budget":
                    SchemaJSON.mapping(
                        CaseReader.budgetKeys.map { ($0.key, SchemaJSON.described(value(of: .count(0)), $0.help)) }
                    )
                default: value(of: .flag)
                }
            return (key, SchemaJSON.described(schema, help))
        }
        return SchemaJSON.mapping(properties, required: ["id", "fault"])
    }

    private static var match: JSONValue {
        let properties = CaseReader.matchKeys.map { key, help -> (String, JSONValue) in
            let schema: JSONValue =
                switch key {
                case "method": SchemaJSON.reference("methods")
                case "metadata", "request", "labels", "annotations": SchemaJSON.reference("textMap")
                case "connection": value(of: .words(CallFacts.Connection.allCases.map(\.rawValue)))
                case "scope": SchemaJSON.words(["node"])
                default: SchemaJSON.reference("texts")
                }
            return (key, SchemaJSON.described(schema, help))
        }
        return SchemaJSON.mapping(properties)
    }

    private static var when: JSONValue {
        let window = SchemaJSON.mapping(
            CaseReader.windowKeys.map { ($0.key, SchemaJSON.described(SchemaJSON.reference("duration"), $0.help)) }
        )
        let properties = CaseReader.whenKeys.map { key, help -> (String, JSONValue) in
            let schema: JSONValue =
                switch key {
                case "calls": numbers
                case "count-by": value(of: .words(["key", "rule"]))
                case "probability":
                    SchemaJSON.any([SchemaJSON.type("number"), SchemaJSON.pattern("^[0-9]+(\\.[0-9]+)?%?$"), filled])
                default: window
                }
            return (key, SchemaJSON.described(schema, help))
        }
        return SchemaJSON.mapping(properties)
    }
}
