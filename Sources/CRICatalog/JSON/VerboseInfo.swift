/// The `info` of verbose status answers: JSON of the runtime's own making, in which environment values and registry
/// credentials stand under well-known names.
///
/// containerd writes `config.envs`, `runtimeSpec.process.env` and `registry.configs.HOST.auth`; CRI-O the second.
enum VerboseInfo {
    /// The text without secrets; untouched, to the byte, when there are none.
    static func redact(_ text: String) -> String {
        guard let first = text.utf8.first(where: { $0 > 0x20 }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return SecretScanner.redact(text) }
        // What looks like JSON and is none cannot be searched.
        guard let json = try? JSONValue.parse(Array(text.utf8)) else { return Redaction.mark }
        let clean = redact(json)
        return clean == json ? text : String(decoding: clean.render(), as: UTF8.self)
    }

    private static let credentials: Set<String> = [
        "password", "auth", "authorization", "identitytoken", "registrytoken", "token", "secret",
    ]

    private static func redact(_ json: JSONValue) -> JSONValue {
        switch json {
        case .null, .bool, .number: json
        case .string(let text): .string(SecretScanner.redact(text))
        case .array(let items): .array(items.map(redact))
        case .object(let members): .object(members.map { ($0.name, redact($0.value, named: $0.name)) })
        }
    }

    private static func redact(_ json: JSONValue, named name: String) -> JSONValue {
        let word = name.lowercased().filter { $0 != "_" && $0 != "-" }
        switch (word, json) {
        case ("env", _), ("envs", _), ("environment", _): return environment(json)
        case (_, .string(let text)) where credentials.contains(word): return .string(text.isEmpty ? "" : Redaction.mark)
        default: return redact(json)
        }
    }

    /// `["NAME=value"]`, `[{"key": "NAME", "value": "value"}]` or `{"NAME": "value"}`.
    private static func environment(_ json: JSONValue) -> JSONValue {
        switch json {
        case .null, .bool, .number: json
        case .string(let text): .string(variable(text))
        case .array(let items): .array(items.map(environment))
        case .object(let members):
            .object(members.map { ["key", "name"].contains($0.name.lowercased()) ? $0 : ($0.name, hidden($0.value)) })
        }
    }

    private static func variable(_ text: String) -> String {
        guard let name = text.firstIndex(of: "=") else { return Redaction.mark }
        return text[...name] + Redaction.mark
    }

    private static func hidden(_ json: JSONValue) -> JSONValue { json == .null ? .null : .string(Redaction.mark) }
}
