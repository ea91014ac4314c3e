/// A shell-like pattern over the bytes of a name: `*` stands for any run of bytes, everything else for itself.
///
/// Matching takes time in proportion to text times pattern at worst; both are bounded.
public struct Glob: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Longer patterns never match.
    public static let limit = 1024

    /// The pattern as it was written.
    public let description: String
    private let pattern: [UInt8]
    private let isExact: Bool

    /// Creates a pattern.
    public init(_ text: some StringProtocol) {
        description = String(text)
        pattern = Array(text.utf8)
        isExact = !pattern.contains(UInt8(ascii: "*"))
    }

    /// Creates a pattern.
    public init(stringLiteral text: String) { self.init(text) }

    /// Whether the pattern has no star: it names one thing.
    public var isLiteral: Bool { isExact }

    /// Whether the whole text fits the pattern.
    public func matches(_ text: some StringProtocol) -> Bool {
        if isExact { return text.utf8.elementsEqual(pattern) }
        return wildMatch(Array(text.utf8))
    }

    /// The greedy walk with one place to return to: the last star seen.
    private func wildMatch(_ text: [UInt8]) -> Bool {
        guard pattern.count <= Self.limit else { return false }
        var (here, at) = (0, 0)
        var (star, mark): (Int?, Int) = (nil, 0)
        while here < text.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = at
                mark = here
                at += 1
            } else if at < pattern.count, pattern[at] == text[here] {
                here += 1
                at += 1
            } else if let star {
                at = star + 1
                mark += 1
                here = mark
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension [Glob] {
    /// Whether any of the patterns fits; an empty list asks for nothing and so fits everything.
    func admits(_ text: some StringProtocol) -> Bool { isEmpty || contains { $0.matches(text) } }
}
