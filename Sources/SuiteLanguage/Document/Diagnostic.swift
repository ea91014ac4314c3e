/// Something wrong with a suite, at its place, with what to do about it.
public struct Diagnostic: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where it is.
    public let position: SourcePosition
    /// What is wrong, for a person.
    public let message: String

    /// Creates a finding about a place in a suite.
    public init(_ message: String, at position: SourcePosition) {
        self.position = position
        self.message = message
    }

    /// How messages show it.
    public var description: String { "\(position): error: \(message)" }

    /// The message with the line it is about and a mark under the column.
    ///
    /// - Parameter lines: the file's lines; without them the message stands alone.
    public func render(lines: [Substring]) -> String {
        guard lines.indices.contains(position.line - 1) else { return description }
        let number = String(position.line)
        // A hostile line must not flood a terminal.
        let text = lines[position.line - 1].prefix(200).map { $0.isASCIIControl ? " " : $0 }
        let gutter = String(repeating: " ", count: max(0, 5 - number.count)) + number
        let pad = String(repeating: " ", count: min(position.column - 1, text.count))
        return "\(description)\n\(gutter) | \(String(text))\n      | \(pad)^"
    }
}

extension Character {
    fileprivate var isASCIIControl: Bool { isASCII && (asciiValue ?? 32) < 32 }
}
