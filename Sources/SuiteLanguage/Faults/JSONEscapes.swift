/// JSON writes characters beyond U+FFFF as two escapes, which YAML does not know: it has one of eight digits.
enum JSONEscapes {
    /// The text with such pairs in YAML's form, if it is JSON: then it begins with a brace.
    static func asYAML(_ text: String) -> String {
        guard text.first(where: { !$0.isWhitespace }) == "{", text.contains("\\u") else { return text }
        var result = ""
        var rest = text[...]
        while let backslash = rest.firstIndex(of: "\\") {
            result += rest[..<backslash]
            rest = rest[backslash...]
            if let scalar = pair(rest) {
                let digits = String(scalar, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
                rest = rest.dropFirst(12)
            } else {
                // An escaped backslash must not begin another escape.
                result += rest.prefix(2)
                rest = rest.dropFirst(2)
            }
        }
        return result + rest
    }

    /// The character that a pair of escapes at the beginning stands for.
    private static func pair(_ text: Substring) -> UInt32? {
        guard let high = unit(text), (0xd800...0xdbff).contains(high), let low = unit(text.dropFirst(6)),
            (0xdc00...0xdfff).contains(low)
        else { return nil }
        return 0x10000 + (high - 0xd800) << 10 + (low - 0xdc00)
    }

    private static func unit(_ text: Substring) -> UInt32? {
        guard text.hasPrefix("\\u") else { return nil }
        let digits = text.dropFirst(2).prefix(4)
        guard digits.count == 4, digits.allSatisfy(\.isHexDigit) else { return nil }
        return UInt32(digits, radix: 16)
    }
}
