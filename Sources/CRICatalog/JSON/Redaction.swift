/// Takes secrets out of what is shown or stored.
public struct Redaction: Sendable {
    /// What stands in a secret's place.
    public static let mark = "<redacted>"

    private let catalog: Catalog

    /// Creates a redaction that knows the messages of a catalogue.
    public init(_ catalog: Catalog = .cri) { self.catalog = catalog }

    /// The record without its secrets: fields the CRI marks `debug_redact`, the values of `KeyValue` (environment) and
    /// of `AuthConfig` except the server's address, the tokens of streaming URLs, and in the verbose `info` of status
    /// answers the same by the names that runtimes give them.
    ///
    /// The result is for eyes only: a redacted field holds text whatever its type.
    public func redact(_ record: Record) -> Record {
        var result = record
        let message = catalog.message(named: record.type)
        for (name, value) in record.fields {
            let field = message?.field(named: name)
            result[name] = isSecret(field, name, of: record.type) ? .text(Self.mark) : redact(value, name)
        }
        return result
    }

    /// The text without the tokens of streaming URLs (`/exec/TOKEN`), user and password in URLs, and the values of
    /// HTTP `Authorization` headers.
    public func redact(text: String) -> String { SecretScanner.redact(text) }

    private func isSecret(_ field: FieldDescriptor?, _ name: String, of type: String) -> Bool {
        switch type {
        case "AuthConfig": name != "serverAddress"
        case "KeyValue": name == "value"
        default: field?.option == .redacted
        }
    }

    private func redact(_ value: Value, _ name: String) -> Value {
        switch value {
        case .record(let record): .record(redact(record))
        case .list(let items): .list(items.map { redact($0, name) })
        case .text(let text) where name == "url" || name == "serverAddress": .text(redact(text: text))
        // Labels and annotations are shown as they are; only the runtimes' own JSON is searched.
        case .map(let entries) where name == "info":
            .map(entries.mapValues { $0.text.map { .text(VerboseInfo.redact($0)) } ?? $0 })
        default: value
        }
    }
}
