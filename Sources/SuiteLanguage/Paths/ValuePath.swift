/// A path into a value, typed: every field is known to exist, so reading it can only meet what was not sent.
public struct ValuePath: Sendable, Hashable, CustomStringConvertible {
    /// One step of a path.
    public enum Step: Sendable, Hashable {
        /// A field by the name it is kept under.
        case field(String)
        /// An item by position; negative counts from the end.
        case index(Int)
        /// An entry of a map.
        case key(String)
        /// The one item that matches, or all that match.
        case find([Condition], all: Bool)
    }

    /// `name=value` inside brackets.
    public struct Condition: Sendable, Hashable {
        /// The field of the item that is compared.
        let field: String
        /// What it must equal: text with references.
        let value: Template
    }

    /// As the author wrote it.
    public let text: String
    /// The steps from the root to the value.
    public let steps: [Step]
    /// What it leads to.
    public let shape: Shape
    /// How messages show it.
    public var description: String { text }
}

/// A path as it is written, before it is known to lead anywhere.
struct PathSyntax {
    enum Part: Equatable {
        case name(String)
        case bracket(String)
    }

    let parts: [Part]

    /// Splits a path at dots outside brackets.
    ///
    /// - Throws: what is wrong with it, for a message of the caller's.
    init(_ text: String) throws(PathProblem) {
        var parts: [Part] = []
        var word = ""
        var depth = 0
        var braces = 0
        var expectsName = true
        func finish(_ word: String) throws(PathProblem) -> Part {
            if word.isEmpty { throw PathProblem("the path '\(text)' has an empty part") }
            return .name(word)
        }
        for character in text {
            if depth > 0 {
                if character == "{" { braces += 1 }
                if character == "}" { braces = max(0, braces - 1) }
                if character == "[" { depth += 1 }
                if character == "]" {
                    depth -= 1
                    if depth == 0 {
                        parts.append(.bracket(word))
                        word = ""
                        continue
                    }
                }
                word.append(character)
                continue
            }
            switch character {
            case ".":
                if !word.isEmpty || expectsName { parts.append(try finish(word)) }
                word = ""
                expectsName = true
            case "[":
                if !word.isEmpty { parts.append(.name(word)) }
                word = ""
                depth = 1
                expectsName = false
            case "]": throw PathProblem("the path '\(text)' has a ']' too many")
            default:
                if !expectsName, word.isEmpty { throw PathProblem("the path '\(text)' lacks a dot after ']'") }
                word.append(character)
                expectsName = true
            }
        }
        guard depth == 0 else { throw PathProblem("the path '\(text)' lacks a ']'") }
        if !word.isEmpty {
            parts.append(.name(word))
        } else if expectsName {
            throw PathProblem("the path '\(text)' ends in a dot")
        }
        self.parts = parts
    }
}

/// What is wrong with a path.
struct PathProblem: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
