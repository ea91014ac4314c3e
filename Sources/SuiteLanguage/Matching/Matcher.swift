/// What an expectation wants of a value.
public indirect enum Matcher: Sendable, Hashable {
    case equals(Template)
    /// Any error code that is an answer.
    case refused
    case not(Matcher)
    case anyOf([Matcher])
    case present(Bool)
    /// `isScaled`: an upper bound on elapsed time, stretched by the slack of the run.
    case order(Order, Template, isScaled: Bool)
    case between(Template, Template, isScaled: Bool)
    case about(Template, Tolerance)
    case change(from: Template, by: Matcher)
    case startsWith(Template)
    case contains(Template)
    /// A regular expression, known to compile.
    case matches(String)
    case statusClass(String)
    case size(Matcher)
    case sha256(of: Template)
    case count(Matcher)
    case items(Quantifier, ItemTest)
    case includes(Template)
    case sameItems(Template)
    case ascending(strictly: Bool)
    case unique
    case consecutive(Template, Template)
    /// All of them, as several matchers in one mapping mean.
    case all([Matcher])

    /// Whether it is an upper bound on elapsed time.
    public var isTimeBound: Bool {
        switch self {
        case .order(_, _, let isScaled), .between(_, _, let isScaled): isScaled
        case .all(let matchers): matchers.contains(where: \.isTimeBound)
        default: false
        }
    }

    /// The comparisons.
    public enum Order: String, Sendable, CaseIterable {
        case above, below
        case atLeast = "at-least"
        case atMost = "at-most"
    }

    /// How far off a number may be.
    public enum Tolerance: Sendable, Hashable {
        case absolute(Template)
        /// In percent of the wanted value.
        case percent(Int)
    }

    /// How many items of a list must pass.
    public enum Quantifier: String, Sendable, CaseIterable {
        case any, one, none, each
    }

    /// What is asked of an item of a list.
    public enum ItemTest: Sendable, Hashable {
        case matcher(Matcher)
        case fields([Expectation])
    }
}

/// A path and what is wanted there.
public struct Expectation: Sendable, Hashable {
    /// What is looked at.
    public let path: ValuePath
    /// What must hold of it.
    public let matcher: Matcher
    /// Where the path's key stands.
    public let position: SourcePosition
}

/// An expectation that did not hold.
public struct Mismatch: Sendable, Hashable {
    /// What was looked at.
    public let path: String
    /// What had to hold, in words.
    public let expected: String
    /// What was there, in words.
    public let actual: String
    /// What was there.
    public let seen: Lookup
    /// Where the expectation is written.
    public let position: SourcePosition
}
