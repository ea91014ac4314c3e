/// Finds secrets in running text, in one pass over its bytes: logs and error messages may be long.
struct SecretScanner {
    private let bytes: [UInt8]

    /// The text with `Redaction.mark` in place of each secret.
    static func redact(_ text: String) -> String {
        let scanner = SecretScanner(bytes: Array(text.utf8))
        var result: [UInt8] = []
        var copied = 0
        var position = 0
        while position < scanner.bytes.count {
            guard let secret = scanner.secret(at: position) else {
                position += 1
                continue
            }
            result += scanner.bytes[copied..<secret.lowerBound]
            result += Redaction.mark.utf8
            copied = secret.upperBound
            position = max(position + 1, copied)
        }
        return copied == 0 ? text : String(decoding: result + scanner.bytes[copied...], as: UTF8.self)
    }

    /// The secret that something at this place announces.
    private func secret(at position: Int) -> Range<Int>? {
        switch bytes[position] {
        case UInt8(ascii: "/"): streamToken(at: position)
        case UInt8(ascii: ":"): userInformation(at: position)
        case UInt8(ascii: "a"), UInt8(ascii: "A"): credentials(at: position)
        default: nil
        }
    }

    /// `/exec/TOKEN`: whoever knows the token may run the command.
    private func streamToken(at position: Int) -> Range<Int>? {
        for path in ["/exec/", "/attach/", "/portforward/"] where starts(with: path, at: position) {
            let start = position + path.utf8.count
            let end = first(from: start) { !Self.isTokenByte($0) }
            return start == end ? nil : start..<end
        }
        return nil
    }

    /// `scheme://user:password@host`; a user alone may be a token, so it goes too.
    private func userInformation(at position: Int) -> Range<Int>? {
        guard starts(with: "://", at: position) else { return nil }
        let start = position + 3
        let end = first(from: start) { $0 <= 0x20 || "/?#\"'<>\\".utf8.contains($0) }
        guard let at = bytes[start..<end].lastIndex(of: UInt8(ascii: "@")), at > start else { return nil }
        return start..<at
    }

    /// `Authorization: Bearer TOKEN`, also as a member of JSON. Runtimes also end sentences with "may require
    /// authorization: server message: ...", which is no secret and must stay readable.
    private func credentials(at position: Int) -> Range<Int>? {
        guard starts(with: "authorization", at: position) else { return nil }
        var start = position + "authorization".utf8.count
        let before = position > 0 && Self.isQuote(bytes[position - 1]) ? bytes[position - 1] : nil
        let isMember = before != nil && start < bytes.count && bytes[start] == before
        if isMember { start += 1 }
        start = first(from: start) { $0 != 0x20 && $0 != 0x09 }
        guard start < bytes.count, bytes[start] == UInt8(ascii: ":") || bytes[start] == UInt8(ascii: "=") else {
            return nil
        }
        start = first(from: start + 1) { $0 != 0x20 && $0 != 0x09 }
        var quote = isMember ? nil : before
        if start < bytes.count, Self.isQuote(bytes[start]) {
            quote = bytes[start]
            start += 1
        }
        let end = first(from: start) { $0 == 0x0a || $0 == 0x0d || $0 == quote }
        guard start < end, bytes[position] == UInt8(ascii: "A") || isCredential(start..<end) else { return nil }
        return start..<end
    }

    /// Whether the value begins with a scheme of RFC 9110 section 11 or is one word.
    private func isCredential(_ range: Range<Int>) -> Bool {
        let word = bytes[range].prefix { $0 > 0x20 }
        if word.endIndex == range.upperBound { return true }
        return Self.schemes.contains(String(decoding: word, as: UTF8.self).lowercased())
    }

    private static let schemes: Set<String> = [
        "basic", "bearer", "digest", "negotiate", "ntlm", "token", "apikey", "aws4-hmac-sha256",
    ]

    // MARK: - Bytes

    /// Case of ASCII letters aside; `word` is in lower case.
    private func starts(with word: String, at position: Int) -> Bool {
        position + word.utf8.count <= bytes.count
            && zip(bytes[position...], word.utf8).allSatisfy { Self.lowercased($0) == $1 }
    }

    private func first(from start: Int, where matches: (UInt8) -> Bool) -> Int {
        bytes[start...].firstIndex(where: matches) ?? bytes.count
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "-_.~%=+".utf8.contains(byte)
        }
    }
}
