/// Why nothing is changed, in lines that say what was found and what to do.
public struct InstallProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The first is the reason.
    public let lines: [String]

    /// How messages show it.
    public var description: String { lines.joined(separator: "\n") }

    init(_ reason: String, _ more: [String] = []) { lines = [reason] + more.map { "  \($0)" } }
}
