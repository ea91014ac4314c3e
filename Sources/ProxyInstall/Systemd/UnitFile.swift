/// A unit file, or a drop-in, as systemd reads it (systemd.syntax(7)).
struct UnitFile {
    /// `Environment=A=b` in `[Service]`.
    struct Entry: Hashable {
        let section: String
        let key: String
        let value: String
        /// The line it begins on, from 1.
        let line: Int
    }

    let path: String
    let entries: [Entry]

    init(path: String, text: String) {
        self.path = path
        var entries: [Entry] = []
        var section = ""
        var pending: (text: String, line: Int)?
        for (index, raw) in text.lines.enumerated() {
            let line = raw.hasSuffix("\r") ? String(raw.dropLast()) : raw
            let isComment = line.first { $0 != " " && $0 != "\t" }.map { $0 == "#" || $0 == ";" } ?? false
            // A comment between the lines of one entry is left out.
            if isComment { continue }
            var text = (pending?.text ?? "") + line
            let start = pending?.line ?? index + 1
            pending = nil
            if text.hasSuffix("\\") {
                text.removeLast()
                pending = (text + " ", start)
                continue
            }
            Self.take(text, start, &section, &entries)
        }
        if let pending { Self.take(pending.text, pending.line, &section, &entries) }
        self.entries = entries
    }

    private static func take(_ text: String, _ line: Int, _ section: inout String, _ entries: inout [Entry]) {
        let text = text.trimmingSpace
        if text.hasPrefix("["), text.hasSuffix("]") {
            section = String(text.dropFirst().dropLast())
        } else if let equals = text.firstIndex(of: "=") {
            entries.append(
                Entry(
                    section: section,
                    key: String(text[..<equals]).trimmingSpace,
                    value: String(text[text.index(after: equals)...]).trimmingSpace,
                    line: line
                )
            )
        }
    }
}

extension String {
    /// The lines, joined by line feeds again the same text: a carriage return stays at the end of its line. To Swift both
    /// together are one character, which is no line feed.
    var lines: [String] { unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) } }

    var trimmingSpace: String {
        var text = self[...]
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
        return String(text)
    }
}
