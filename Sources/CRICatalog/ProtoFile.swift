/// Renders the catalogue as the protocol file from which the Swift code is generated.
///
/// The CRI's `[debug_redact = true]` is left out: it has no effect on Swift and protoc before 22 refuses it.
public enum ProtoFile {
    /// The text of `runtime.proto`, package `runtime.v1`.
    public static func render(_ catalog: Catalog) -> String {
        var lines = [
            "// Made from the tables in Sources/CRICatalog/Data by dev/generate-cri.sh; do not edit.",
            "syntax = \"proto3\";",
            "",
            "package runtime.v1;",
        ]
        for service in RPC.Service.allCases {
            lines += ["", "service \(service.rawValue) {"]
            for rpc in catalog.rpcs where rpc.service == service {
                let stream = rpc.kind == .serverStream ? "stream " : ""
                lines.append("  rpc \(rpc.name)(\(rpc.request)) returns (\(stream)\(rpc.response)) {}")
            }
            lines.append("}")
        }
        for message in catalog.messages {
            lines += ["", "message \(message.name) {"]
            for nested in catalog.enums where nested.name.hasPrefix("\(message.name).") {
                lines += block(nested, indent: "  ")
            }
            lines += message.fields.map { "  \(declaration($0))" }
            lines.append("}")
        }
        for enumeration in catalog.enums where !enumeration.name.contains(".") {
            lines += [""] + block(enumeration, indent: "")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func block(_ enumeration: EnumDescriptor, indent: String) -> [String] {
        let name = enumeration.name.split(separator: ".").last.map(String.init) ?? enumeration.name
        return ["\(indent)enum \(name) {"]
            + enumeration.members.map { "\(indent)  \($0.name) = \($0.number);" }
            + ["\(indent)}"]
    }

    private static func declaration(_ field: FieldDescriptor) -> String {
        let label = field.isRepeated ? "repeated " : ""
        let option = field.option == .deprecated ? " [deprecated = true]" : ""
        return "\(label)\(name(of: field.type)) \(field.name) = \(field.number)\(option);"
    }

    private static func name(of type: FieldType) -> String {
        switch type {
        case .bool: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .enumeration(let name): name.split(separator: ".").last.map(String.init) ?? name
        case .message(let name): name
        case .map(let value): "map<string, \(Self.name(of: value))>"
        }
    }
}
