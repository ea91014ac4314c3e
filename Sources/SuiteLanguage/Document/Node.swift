/// A node of a suite's YAML: only what the plain subset of it has, and where it stands.
public struct Node: Sendable, Hashable {
    /// What a node holds.
    public indirect enum Content: Sendable, Hashable {
        /// `isPlain`: written without quotes, so `5`, `true` and `null` have their own meaning.
        case scalar(String, isPlain: Bool)
        case sequence([Node])
        case mapping([Entry])
    }

    /// One key with its value.
    public struct Entry: Sendable, Hashable {
        /// The text of the key.
        public let key: String
        /// Where the key is.
        public let keyPosition: SourcePosition
        /// What stands behind it.
        public let value: Node
    }

    /// Where it begins.
    public let position: SourcePosition
    /// What it is.
    public let content: Content

    init(_ content: Content, at position: SourcePosition) {
        self.content = content
        self.position = position
    }

    /// The entries of a mapping.
    public var entries: [Entry]? { if case .mapping(let entries) = content { entries } else { nil } }

    /// The items of a sequence.
    public var items: [Node]? { if case .sequence(let items) = content { items } else { nil } }

    /// The characters of a scalar, quoted or not.
    public var scalar: String? { if case .scalar(let text, _) = content { text } else { nil } }

    /// The value of a key of a mapping.
    public subscript(key: String) -> Node? { entries?.first { $0.key == key }?.value }

    /// Whether this is YAML's null: nothing, `null` or `~`, unquoted.
    public var isNull: Bool {
        if case .scalar(let text, isPlain: true) = content { ["", "null", "~"].contains(text) } else { false }
    }

    /// A short word for messages: what kind of node this is.
    var kindWord: String {
        switch content {
        case .scalar(let text, let isPlain):
            if isNull { "nothing" } else if isPlain, Scalar.isInteger(text) { "a number" } else { "text" }
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// What unquoted scalars mean.
enum Scalar {
    /// A plain decimal integer: the only form of number a suite may use.
    static func isInteger(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard let first = digits.utf8.first, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return false
        }
        return digits.utf8.count == 1 || first != UInt8(ascii: "0")
    }

    /// Why an unquoted scalar must not be taken as text: readers of YAML disagree about what it is.
    static func ambiguity(_ text: String) -> String? {
        if ["on", "off", "yes", "no", "y", "n", "true", "false"].contains(text.lowercased()) {
            return "an unquoted \(text) is a boolean to many readers of YAML: quote it"
        }
        guard let first = text.utf8.first, !isInteger(text) else { return nil }
        let startsLikeNumber = (0x30...0x39).contains(first) || ["-", "+", "."].contains(Character(.init(first)))
        let isNumberLike =
            startsLikeNumber && text.utf8.contains { (0x30...0x39).contains($0) }
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-._eExXoOabcdefABCDEF".utf8.contains($0) }
            && (Double(text) != nil || text.hasPrefix("0x") || text.hasPrefix("0o") || text.contains("_"))
        return isNumberLike ? "an unquoted \(text) is a number to many readers of YAML: quote it" : nil
    }
}
