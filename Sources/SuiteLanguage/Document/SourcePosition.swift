/// A place in a suite file.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
    /// The file as it was named to crisol.
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, in characters.
    public let column: Int

    /// Creates a position.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// How messages show it.
    public var description: String { "\(file):\(line):\(column)" }
}
