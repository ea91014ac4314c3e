public import CRICatalog
import HostProbe
import Outcome
import TestImages

/// The JSON Schemas of suites and profiles for editors: made from the tables the reader itself uses, so that they
/// cannot come to disagree.
///
/// A schema cannot type paths and matchers; `crisol lint` does.
public enum SuiteSchema {
    /// `suites/schema/suite.schema.json`.
    public static func suite(_ catalog: Catalog = .cri) -> String {
        let definitions =
            Self.common + PlanSchema.faultDefinitions + MessageSchema(catalog: catalog).definitions + [
                ("step", step(catalog)), ("case", item(catalog)), ("requires", requires(catalog)),
            ]
        return SchemaJSON.render(
            SchemaJSON.object([
                ("$schema", .string("http://json-schema.org/draft-07/schema#")),
                ("title", .string("crisol suite")),
                ("type", .string("object")),
                (
                    "properties",
                    SchemaJSON.object([
                        (
                            "suite",
                            SchemaJSON.described(SchemaJSON.pattern("^[a-z][a-z0-9-]*$"), KeyHelp.suite["suite"] ?? "")
                        ),
                        ("title", SchemaJSON.described(SchemaJSON.type("string"), KeyHelp.suite["title"] ?? "")),
                        ("labels", SchemaJSON.described(SchemaJSON.reference("texts"), KeyHelp.suite["labels"] ?? "")),
                        ("requires", SchemaJSON.reference("requires")),
                        ("cases", SchemaJSON.list(of: SchemaJSON.reference("case"))),
                    ])
                ),
                ("required", SchemaJSON.strings(["suite", "title", "cases"])),
                ("additionalProperties", .bool(false)), ("definitions", SchemaJSON.object(definitions)),
            ])
        )
    }

    /// `suites/schema/profile.schema.json`.
    public static func profile() -> String {
        let filled = SchemaJSON.object([("type", .string("string")), ("minLength", .number("1"))])
        let difference = SchemaJSON.mapping(
            [
                ("case", filled), ("reason", filled), ("reference", filled), ("owner", filled),
                ("expires", SchemaJSON.pattern("^20\\d\\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$")),
                ("leaks", SchemaJSON.words(["accepted"])),
            ],
            required: ["case", "reason", "owner", "expires"]
        )
        return SchemaJSON.render(
            SchemaJSON.object([
                ("$schema", .string("http://json-schema.org/draft-07/schema#")),
                ("title", .string("crisol profile")), ("type", .string("object")),
                (
                    "properties",
                    SchemaJSON.object([("profile", filled), ("differences", SchemaJSON.list(of: difference))])
                ),
                ("required", SchemaJSON.strings(["profile", "differences"])), ("additionalProperties", .bool(false)),
            ])
        )
    }

    // MARK: - Parts

    private static let common: [(String, JSONValue)] = [
        (
            "text",
            SchemaJSON.any([SchemaJSON.type("string"), SchemaJSON.type("integer"), SchemaJSON.reference("filled")])
        ),
        (
            "bytes",
            SchemaJSON.any([
                SchemaJSON.type("string"), SchemaJSON.type("integer"), SchemaJSON.reference("filled"),
                SchemaJSON.mapping([("hex", SchemaJSON.any([SchemaJSON.type("string"), SchemaJSON.type("integer")]))]),
                SchemaJSON.mapping([("random", SchemaJSON.reference("number"))]),
                SchemaJSON.mapping([("json", SchemaJSON.object([]))]),
            ])
        ),
        (
            "filled",
            SchemaJSON.mapping(
                [
                    ("fill", SchemaJSON.any([SchemaJSON.type("string"), SchemaJSON.type("integer")])),
                    ("size", SchemaJSON.reference("number")),
                ],
                required: ["fill", "size"]
            )
        ),
        (
            "number",
            SchemaJSON.any([
                SchemaJSON.type("integer"),
                SchemaJSON.pattern("^-?[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|B|KiB|MiB|GiB)$"), SchemaJSON.lookedUp,
            ])
        ),
        (
            "duration",
            SchemaJSON.any([SchemaJSON.pattern("^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$"), SchemaJSON.lookedUp])
        ), ("texts", SchemaJSON.any([SchemaJSON.type("string"), SchemaJSON.list(of: SchemaJSON.reference("text"))])),
        ("matcher", matcher),
        (
            "expect",
            SchemaJSON.object([
                ("type", .string("object")), ("minProperties", .number("1")),
                ("additionalProperties", SchemaJSON.reference("matcher")),
            ])
        ),
    ]

    /// A plain value, or a mapping of matchers; inside `any`, `one`, `none` and `each` also a nested expectation.
    private static var matcher: JSONValue {
        let value = SchemaJSON.object([("not", SchemaJSON.type("object"))])
        let inner = SchemaJSON.any([SchemaJSON.reference("matcher"), SchemaJSON.reference("expect")])
        let properties = CaseReader.keywords.map { word -> (String, JSONValue) in
            switch word {
            case "any", "one", "none", "each": (word, inner)
            case "not", "count", "size": (word, SchemaJSON.reference("matcher"))
            case "present", "unique": (word, SchemaJSON.type("boolean"))
            default: (word, SchemaJSON.object([]))
            }
        }
        return SchemaJSON.any([value, SchemaJSON.mapping(properties)])
    }

    private static func requires(_ catalog: Catalog) -> JSONValue {
        func features(_ message: String) -> JSONValue {
            let names = catalog.message(named: message)?.fields.map(\.jsonName) ?? []
            return SchemaJSON.any([SchemaJSON.words(names), SchemaJSON.list(of: SchemaJSON.words(names))])
        }
        let hosts = SchemaJSON.words(NodeFacts.hostWords)
        return SchemaJSON.mapping([
            ("cgroup", SchemaJSON.words(["v1", "v2"])), ("feature", features("RuntimeFeatures")),
            ("handler-feature", features("RuntimeHandlerFeatures")), ("cpus", SchemaJSON.type("integer")),
            ("host", SchemaJSON.any([hosts, SchemaJSON.list(of: hosts)])),
        ])
    }

    private static func item(_ catalog: Catalog) -> JSONValue {
        let rpcs = SchemaJSON.words(catalog.rpcs.map(\.name) + ["every-rpc"])
        let properties = CaseReader.caseKeys.map { key -> (String, JSONValue) in
            let schema: JSONValue =
                switch key {
                case "id": SchemaJSON.pattern("^[a-z][a-z0-9-]*(\\.[a-z0-9-]+)+$")
                case "title", "why", "per", "subject": SchemaJSON.type("string")
                case "level": SchemaJSON.words(Level.allCases.map(\.rawValue))
                case "since": SchemaJSON.pattern("^1\\.[0-9]+$")
                case "requires": SchemaJSON.reference("requires")
                case "timeout": SchemaJSON.reference("duration")
                case "for":
                    SchemaJSON.object([
                        ("type", .string("object")),
                        (
                            "additionalProperties",
                            SchemaJSON.object([("type", SchemaJSON.strings(["array", "object"]))])
                        ),
                    ])
                case "steps": steps
                case "watch": SchemaJSON.any([rpcs, SchemaJSON.list(of: rpcs)])
                case "when", "expect": SchemaJSON.reference("expect")
                default: SchemaJSON.reference("texts")
                }
            return (key, SchemaJSON.described(schema, KeyHelp.item[key] ?? ""))
        }
        guard case .object(let members) = SchemaJSON.mapping(properties, required: ["id", "title", "level", "source"])
        else { return .null }
        let either = SchemaJSON.object([
            (
                "oneOf",
                .array([
                    SchemaJSON.object([("required", SchemaJSON.strings(["steps"]))]),
                    SchemaJSON.object([("required", SchemaJSON.strings(["watch", "expect"]))]),
                ])
            )
        ])
        guard case .object(let condition) = either else { return .null }
        return .object(members + condition)
    }

    private static var steps: JSONValue {
        SchemaJSON.object([
            ("type", .string("array")), ("minItems", .number("1")), ("items", SchemaJSON.reference("step")),
        ])
    }

    // MARK: - Steps

    private static func step(_ catalog: Catalog) -> JSONValue {
        var properties: [(String, JSONValue)] = []
        for kind in StepKind.allCases {
            properties.append(
                (kind.rawValue, SchemaJSON.described(subject(of: kind, catalog), KeyHelp.kind[kind] ?? ""))
            )
        }
        let known = Set(StepKind.words)
        var seen: Set<String> = []
        for key in StepKind.shared + StepKind.allCases.flatMap(\.keys) where !known.contains(key) {
            guard seen.insert(key).inserted else { continue }
            properties.append((key, SchemaJSON.described(modifier(key), KeyHelp.modifier[key] ?? "")))
        }
        guard case .object(let members) = SchemaJSON.mapping(properties) else { return .null }
        let kinds = StepKind.allCases.filter { $0 != .parallel }.map { kind in
            rule(
                when: SchemaJSON.object([("required", SchemaJSON.strings([kind.rawValue]))]),
                then: SchemaJSON.object([
                    (
                        "propertyNames",
                        SchemaJSON.words(kind.keys)
                    )
                ])
            )
        }
        var rules = kinds + [with("sandbox", "PodSandboxConfig"), with("container", "ContainerConfig")]
        for rpc in catalog.rpcs {
            let isThis = SchemaJSON.mapping(
                [("call", SchemaJSON.object([("const", .string(rpc.name))]))],
                required: ["call"],
                open: true
            )
            rules.append(
                rule(
                    when: isThis,
                    then: SchemaJSON.mapping([("with", SchemaJSON.reference(rpc.request))], open: true)
                )
            )
        }
        return .object(members + [(name: "minProperties", value: .number("1")), (name: "allOf", value: .array(rules))])
    }

    private static func rule(when: JSONValue, then: JSONValue) -> JSONValue {
        SchemaJSON.object([("if", when), ("then", then)])
    }

    private static func with(_ kind: String, _ message: String) -> JSONValue {
        rule(
            when: SchemaJSON.object([("required", SchemaJSON.strings([kind]))]),
            then: SchemaJSON.mapping([("with", SchemaJSON.reference(message))], open: true)
        )
    }

    /// What stands behind the kind itself.
    private static func subject(of kind: StepKind, _ catalog: Catalog) -> JSONValue {
        let name = SchemaJSON.pattern("^[A-Za-z][A-Za-z0-9-]*$")
        switch kind {
        case .call: return SchemaJSON.any([SchemaJSON.words(catalog.rpcs.map(\.name)), SchemaJSON.lookedUp])
        case .agent: return SchemaJSON.any([SchemaJSON.list(of: SchemaJSON.reference("text")), SchemaJSON.lookedUp])
        case .host:
            let words = ForeignShapes.hostLooks + HostAct.words
            return SchemaJSON.mapping(words.map { ($0, SchemaJSON.reference("text")) })
        case .runtime:
            return SchemaJSON.any([
                SchemaJSON.words(RuntimeStep.Action.allCases.map(\.rawValue)), SchemaJSON.lookedUp,
            ])
        case .named: return SchemaJSON.words(NamedSteps.all.map(\.name))
        case .repeat, .parallel: return SchemaJSON.any([SchemaJSON.type("integer"), SchemaJSON.lookedUp])
        default: return SchemaJSON.any([name, SchemaJSON.lookedUp])
        }
    }

    private static func modifier(_ key: String) -> JSONValue {
        switch key {
        case "expect": SchemaJSON.reference("expect")
        case "save", "in", "background": SchemaJSON.type("string")
        case "record", "tags", "platforms": SchemaJSON.list(of: SchemaJSON.reference("text"))
        case "layers": SchemaJSON.list(of: SchemaJSON.reference("number"))
        case "eventually", "always", "every", "deadline", "after": SchemaJSON.reference("duration")
        case "receive-limit": SchemaJSON.reference("number")
        case "fault": SchemaJSON.any([SchemaJSON.words(FaultWord.alone), SchemaJSON.reference("fault")])
        case "run": SchemaJSON.any([SchemaJSON.list(of: SchemaJSON.reference("text")), SchemaJSON.lookedUp])
        case "raw": SchemaJSON.reference("bytes")
        case "steps": steps
        case "protocol":
            SchemaJSON.any([SchemaJSON.words(StreamPlan.Transport.allCases.map(\.rawValue)), SchemaJSON.lookedUp])
        case "stream": SchemaJSON.object([("type", .string("array"))])
        case "shared": SchemaJSON.object([("const", .bool(true))])
        case "over": SchemaJSON.any([SchemaJSON.words(SecureTransport.allCases.map(\.rawValue)), SchemaJSON.lookedUp])
        case "compression":
            SchemaJSON.any([SchemaJSON.words(LayerCompression.allCases.map(\.rawValue)), SchemaJSON.lookedUp])
        case "format": SchemaJSON.any([SchemaJSON.words(ImageFormat.allCases.map(\.rawValue)), SchemaJSON.lookedUp])
        case "by": SchemaJSON.words(["exec"])
        case "propagation": SchemaJSON.words(["shared"])
        case "state":
            SchemaJSON.any([
                SchemaJSON.words(["ready", "running", "planned", "created", "exited", "pulled", "served"]),
                SchemaJSON.lookedUp,
            ])
        case "files":
            SchemaJSON.object([
                ("type", .string("object")), ("additionalProperties", SchemaJSON.reference("bytes")),
            ])
        default: SchemaJSON.object([])
        }
    }
}
