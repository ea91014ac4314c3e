/// Takes secrets out of what is shown or stored.
public struct Redaction: Sendable {
    /// What stands in a secret's place.
    public static let mark = "<redacted>"

    private let catalog: Catalog

    public init(_ catalog: Catalog = .cri) { self.catalog = catalog }

    /// The record without its secrets: fields the CRI marks `debug_redact`, environment values, everything of
    /// `AuthConfig`, and the tokens of streaming URLs.
    public func redact(_ record: Record) -> Record {
        var result = record
        let message = catalog.message(named: record.type)
        for (name, value) in record.fields {
            let field = message?.field(named: name)
            if isSecret(field, name, of: record.type) {
                result[name] = .text(Self.mark)
            } else {
                result[name] = redact(value, name)
            }
        }
        return result
    }

    private func isSecret(_ field: FieldDescriptor?, _ name: String, of type: String) -> Bool {
        if type == "AuthConfig" { return name != "serverAddress" }
        if type == "KeyValue" { return name == "value" }
        return field?.option == .redacted
    }

    private func redact(_ value: Value, _ name: String) -> Value {
        switch value {
        case .record(let record): .record(redact(record))
        case .list(let items): .list(items.map { redact($0, name) })
        case .text(let text) where name == "url": .text(redact(text: text))
        default: value
        }
    }

    /// The text without tokens of streaming URLs and without passwords in URLs.
    public func redact(text: String) -> String {
        text.replacing(/(\/(?:exec|attach|portforward)\/)[A-Za-z0-9_\-]+/) { "\($0.1)\(Self.mark)" }
            .replacing(/(:\/\/[^\/@:\s]+:)[^\/@\s]+@/) { "\($0.1)\(Self.mark)@" }
            .replacing(/(?i)(authorization:\s*\S+\s+)\S+/) { "\($0.1)\(Self.mark)" }
    }
}
