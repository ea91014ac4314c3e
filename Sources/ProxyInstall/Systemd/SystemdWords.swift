/// Splitting and quoting as systemd does it (systemd.service(5), systemd.exec(5)).
enum SystemdWords {
    /// The words of a text; quotes hold spaces together, a backslash takes the next character as it is.
    ///
    /// `nil` when a quote is not closed.
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
                word = word ?? ""
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character == " " || character == "\t" {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else { return nil }
        if let word { words.append(word) }
        return words
    }

    /// A word as it can stand in ExecStart=, whatever is in it but a line's end.
    static func quoted(_ word: String) -> String {
        var out = ""
        for character in word {
            switch character {
            case "\\", "\"": out += "\\\(character)"
            // Specifiers and variables are doubled.
            case "%": out += "%%"
            case "$": out += "$$"
            default: out.append(character)
            }
        }
        let isPlain =
            !out.isEmpty
            && out.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/-_.:=,+@%$".contains($0)) }
        return isPlain ? out : "\"\(out)\""
    }

    /// The assignments of an environment file: `NAME=value` on lines of their own, values quoted or not.
    static func environmentFile(_ text: String) -> [(name: String, value: String, line: Int)] {
        var result: [(String, String, Int)] = []
        for (index, raw) in text.lines.enumerated() {
            let line = raw.trimmingSpace
            guard let first = line.first, first != "#", first != ";", let equals = line.firstIndex(of: "=") else {
                continue
            }
            let value = String(line[line.index(after: equals)...]).trimmingSpace
            // One quoted word, or text up to the line's end.
            let isQuoted = value.first == "\"" || value.first == "'"
            let words = isQuoted ? split(value) : nil
            result.append((String(line[..<equals]).trimmingSpace, words?.joined(separator: " ") ?? value, index + 1))
        }
        return result
    }
}
