import CRICatalog

/// A node of a suite as JSON: the content of a file, `{json: {...}}`.
enum JSONText {
    /// Unquoted numbers, booleans and null keep their meaning; everything else is a string.
    static func render(_ node: Node) -> String {
        switch node.content {
        case .scalar(let text, let isPlain):
            if node.isNull { return "null" }
            if isPlain, Scalar.isInteger(text) || text == "true" || text == "false" { return text }
            return quoted(text)
        case .sequence(let items): return "[\(items.map(render).joined(separator: ","))]"
        case .mapping(let entries):
            return "{\(entries.map { "\(quoted($0.key)):\(render($0.value))" }.joined(separator: ","))}"
        }
    }

    /// Whether a reference stands anywhere in it, which would be written as it is.
    static func hasReference(_ node: Node) -> Bool {
        switch node.content {
        case .scalar(let text, _): text.contains("${")
        case .sequence(let items): items.contains(where: hasReference)
        case .mapping(let entries): entries.contains { $0.key.contains("${") || hasReference($0.value) }
        }
    }

    /// RFC 8259 section 7.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
