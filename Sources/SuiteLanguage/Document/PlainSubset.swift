/// Refuses anchors, aliases and tags before the YAML is composed: aliases of aliases can stand for more nodes than there is
/// memory. What it might miss is refused once more on the composed nodes.
enum PlainSubset {
    /// - Throws: `Diagnostic` at the first anchor, alias or tag.
    static func check(_ text: String, file: String) throws(Diagnostic) {
        /// The indentation below which a block scalar ends, while one is open.
        var block: Int?
        var state = State()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let leading = line.prefix { $0 == " " }.count
            let isBlank = line.allSatisfy { $0 == " " || $0 == "\r" }
            if let open = block {
                if isBlank || leading > open { continue }
                block = nil
            }
            if let word = try scan(line, &state, at: SourcePosition(file: file, line: index + 1, column: 1)),
                word.first == "|" || word.first == ">"
            {
                block = indentation(of: line, scalar: word)
            }
        }
    }

    /// How far what a line begins is indented: its key behind the dashes of the items it opens, or the last dash.
    private static func indentation(of line: Substring, scalar: Substring) -> Int {
        var column = 0
        var dash = 0
        var rest = line
        while let first = rest.first {
            let isMark = (first == "-" || first == "?") && isBlank(rest, rest.index(after: rest.startIndex))
            guard first == " " || isMark else { break }
            if isMark { dash = column }
            column += 1
            rest = rest.dropFirst()
        }
        return rest.startIndex == scalar.startIndex ? dash : column
    }

    /// What goes on from line to line.
    private struct State {
        /// The quote that is open.
        var quote: Character?
        /// How many brackets and braces are open; outside of them they are ordinary characters inside a value.
        var depth = 0
    }

    /// Reads one line.
    ///
    /// - Returns: its last word when that is where a value may begin, such as the `|` of a block scalar.
    private static func scan(
        _ line: Substring,
        _ state: inout State,
        at start: SourcePosition
    ) throws(Diagnostic) -> Substring? {
        var index = line.startIndex
        /// Whether a value may begin here.
        var isOpen = state.quote == nil
        /// Whether this is inside plain text, where in a flow only a `:` before a blank ends a key.
        var isPlain = false
        var last: Substring?
        while index < line.endIndex {
            let character = line[index]
            let next = line.index(after: index)
            if let open = state.quote {
                if open == "\"", character == "\\" {
                    index = next < line.endIndex ? line.index(after: next) : next
                    continue
                }
                // Two single quotes stand for one.
                if character == open, open == "'", next < line.endIndex, line[next] == "'" {
                    index = line.index(after: next)
                    continue
                }
                if character == open {
                    state.quote = nil
                    isPlain = false
                }
                index = next
                continue
            }
            switch character {
            case " ", "\t", "\r": break
            case "#" where index == line.startIndex || line[line.index(before: index)].isWhitespace: return last
            case "[" where isOpen || state.depth > 0, "{" where isOpen || state.depth > 0:
                state.depth += 1
                isOpen = true
                isPlain = false
            case "]" where state.depth > 0, "}" where state.depth > 0:
                state.depth -= 1
                isOpen = false
                isPlain = false
            case "," where state.depth > 0:
                isOpen = true
                isPlain = false
            case "-" where isOpen && isBlank(line, next), "?" where isOpen && isBlank(line, next): break
            // As in JSON, the value of a quoted key may follow at once.
            case ":" where isBlank(line, next) || state.depth > 0 && !isPlain:
                isOpen = true
                isPlain = false
            case "\"" where isOpen, "'" where isOpen:
                state.quote = character
                isOpen = false
            case "&" where isOpen && !isBlank(line, next): throw refusal("anchors", line, index, start)
            case "*" where isOpen && !isBlank(line, next): throw refusal("aliases", line, index, start)
            case "!" where isOpen: throw refusal("tags", line, index, start)
            default:
                if isOpen { last = line[index...] }
                isOpen = false
                isPlain = true
            }
            index = next
        }
        return last
    }

    private static func isBlank(_ line: Substring, _ index: Substring.Index) -> Bool {
        index == line.endIndex || line[index].isWhitespace
    }

    private static func refusal(
        _ what: String,
        _ line: Substring,
        _ index: Substring.Index,
        _ start: SourcePosition
    ) -> Diagnostic {
        let column = line.distance(from: line.startIndex, to: index) + 1
        return Diagnostic(
            "\(what) are not part of the suite language; quote what is meant as text",
            at: SourcePosition(file: start.file, line: start.line, column: column)
        )
    }
}
