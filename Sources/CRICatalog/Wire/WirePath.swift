/// A path to a field inside an encoded message: `config.metadata.name`, `containers[0].id`, `labels[tier]`.
public struct WirePath: Sendable, Hashable, CustomStringConvertible {
    /// One step down.
    public struct Step: Sendable, Hashable {
        /// Which item of a repeated field or map.
        public enum Item: Sendable, Hashable {
            /// The nth item, from 0; negative numbers count from the end.
            case index(Int)
            /// The entry of a map with this key.
            case key(String)
        }

        /// The field.
        public let field: FieldDescriptor
        /// The item of it; `nil` means the whole field.
        public let item: Item?
    }

    /// The message it starts in.
    public let message: MessageDescriptor
    /// The steps, at least one.
    public let steps: [Step]
    private let text: String

    /// How messages show it.
    public var description: String { text }

    /// Two paths are equal when they are written alike.
    public static func == (left: Self, right: Self) -> Bool {
        left.message.name == right.message.name && left.steps == right.steps
    }

    /// Hashes what equality compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(message.name)
        hasher.combine(steps)
    }

    /// Reads a path and checks it against the catalogue.
    ///
    /// - Throws: `WirePathError` naming the part that does not exist, and the fields there are.
    public init(_ text: String, in message: String, catalog: Catalog = .cri) throws(WirePathError) {
        guard let start = catalog.message(named: message) else { throw WirePathError("no message '\(message)'") }
        var current: MessageDescriptor? = start
        var steps: [Step] = []
        for part in Self.split(text) {
            guard let container = current else {
                guard let last = steps.last, last.field.isRepeated, last.item == nil else {
                    throw WirePathError("'\(part)' in '\(text)': no fields there")
                }
                let name = last.field.jsonName
                throw WirePathError("'\(part)' in '\(text)': \(name) is a list, name an item of it (\(name)[0])")
            }
            let (name, bracket) = Self.bracket(part)
            guard let field = container.field(named: name) else {
                let hint = Spelling.suggestion(for: name, among: container.fields.map(\.jsonName))
                throw WirePathError("\(container.name) has no field '\(name)'" + hint)
            }
            steps.append(Step(field: field, item: try Self.item(bracket, of: field, in: text)))
            current =
                if case .message(let next) = field.type { catalog.message(named: next) } else { nil }
            // Below a repeated field one item must be named: an edit of "all items" is not one edit.
            if field.isRepeated, steps.last?.item == nil { current = nil }
        }
        guard !steps.isEmpty else { throw WirePathError("an empty path") }
        self.message = start
        self.steps = steps
        self.text = text
    }

    private static func item(_ text: Substring?, of field: FieldDescriptor, in path: String) throws(WirePathError)
        -> Step.Item?
    {
        guard let text else { return nil }
        if case .map = field.type { return .key(String(text)) }
        guard field.isRepeated else {
            throw WirePathError("'[\(text)]' in '\(path)': \(field.jsonName) is neither a list nor a map")
        }
        guard let index = Int(text) else {
            throw WirePathError("'[\(text)]' in '\(path)': items of \(field.jsonName) go by number, from 0 or from -1")
        }
        return .index(index)
    }

    /// The parts of a path's text: it is split at dots outside brackets.
    public static func split(_ text: String) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "[": depth += 1
            case "]": depth -= 1
            case "." where depth == 0:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        return parts + [text[start...]]
    }

    private static func bracket(_ part: Substring) -> (String, Substring?) {
        guard let open = part.firstIndex(of: "["), part.last == "]" else { return (String(part), nil) }
        return (String(part[..<open]), part[part.index(after: open)...].dropLast())
    }
}

/// A path that names nothing in the catalogue.
public struct WirePathError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String

    init(_ description: String) { self.description = description }
}
