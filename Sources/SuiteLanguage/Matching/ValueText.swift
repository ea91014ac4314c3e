public import CRICatalog

/// Values as text, for messages and for references inside text.
public enum ValueText {
    /// The bare value, as it stands inside a text.
    public static func plain(_ value: Value) -> String {
        switch value {
        case .text(let text): text
        case .integer(let integer): "\(integer)"
        case .bool(let bool): "\(bool)"
        case .double(let double): "\(double)"
        case .enumeration(let member): member.description
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: render(value)
        }
    }

    /// The value for people: quoted text, named fields, capped with what was cut stated.
    ///
    /// - Parameter shape: lets durations and sizes show their unit.
    public static func render(_ value: Value, as shape: Shape = .anything, limit: Int = 400) -> String {
        let text = full(value, shape)
        guard text.count > limit else { return text }
        return "\(text.prefix(limit))… (\(text.utf8.count) bytes)"
    }

    private static func full(_ value: Value, _ shape: Shape) -> String {
        switch (value, shape) {
        case (.integer(let integer), .duration): return Quantity.describe(nanoseconds: integer)
        case (.integer(let integer), .integer(.some(.nanoseconds))) where abs(integer) < 1 << 50:
            return "\(integer) (\(Quantity.describe(nanoseconds: integer)))"
        case (.text(let text), .code): return text
        case (.text(let text), _): return quoted(text)
        case (.bytes(let bytes), _): return bytesText(bytes)
        case (.list(let items), _):
            let item: Shape = if case .list(let inner) = shape { inner } else { .anything }
            // A long list is cut by the caller's limit; rendering a million items first would not be bounded.
            let shown = items.prefix(50).map { full($0, item) }
            let rest = items.count > 50 ? ["… (\(items.count) items)"] : []
            return "[\((shown + rest).joined(separator: ", "))]"
        case (.map(let entries), _):
            return
                "{\(entries.sorted { $0.key < $1.key }.prefix(50).map { "\($0.key): \(full($0.value, .anything))" }.joined(separator: ", "))}"
        case (.record(let record), _): return recordText(record, shape)
        default: return plain(value)
        }
    }

    private static func recordText(_ record: Record, _ shape: Shape) -> String {
        let fields = record.fields.sorted { $0.key < $1.key }.filter { $0.key != Bindings.itself }.map { name, value in
            "\(name): \(full(value, shape.field(named: name, .cri)?.shape ?? .anything))"
        }
        return "{\(fields.joined(separator: ", "))}"
    }

    private static func bytesText(_ bytes: [UInt8]) -> String {
        if bytes.count <= 4096, let text = String(validating: bytes, as: UTF8.self), !text.contains("\0") {
            return quoted(text)
        }
        let digits = "0123456789abcdef".map { String($0) }
        let shown = bytes.prefix(24).map { digits[Int($0 >> 4)] + digits[Int($0 & 15)] }.joined(separator: " ")
        return "hex \(shown)\(bytes.count > 24 ? "…" : "") (\(bytes.count) bytes)"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars.prefix(4096) {
            switch scalar {
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\\": result += "\\\\"
            default:
                if scalar.value < 32 {
                    result += "\\u{\(String(scalar.value, radix: 16))}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
