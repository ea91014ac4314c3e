public import FaultModel

/// Where the rules of a plan come from: read at the start and at every reload.
public struct PlanSource: Sendable {
    /// What people know it by: a file's path or a preset's name.
    public let name: String
    /// Reads it anew.
    public let read: @Sendable () throws(PlanProblem) -> [FaultRule]

    /// Creates a source.
    public init(name: String, read: @escaping @Sendable () throws(PlanProblem) -> [FaultRule]) {
        self.name = name
        self.read = read
    }
}

/// Rules that cannot be put in force, and why.
public struct PlanProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Whose fault it is.
    public enum Kind: Sendable, Hashable {
        /// What was given is wrong.
        case wrong
        /// It is right, and cannot be done now.
        case notNow
    }

    /// Whose fault it is.
    public let kind: Kind
    /// What is wrong, a line each, with its position where it has one.
    public let lines: [String]

    /// Creates a problem.
    public init(_ lines: [String], kind: Kind = .wrong) {
        self.lines = lines
        self.kind = kind
    }

    /// All lines.
    public var description: String { lines.joined(separator: "\n") }
}
