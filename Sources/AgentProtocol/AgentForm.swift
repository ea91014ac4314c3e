/// What may stand behind a command or a question.
public struct AgentForm: Sendable {
    /// The words that are no options, in their order.
    public let arguments: [AgentArgument]
    /// Options, each given once at most.
    public let options: [AgentOption]
    /// Options of which at least one must be there.
    let needsOneOf: [String]
    /// Whether `--x` is a word like any other: where there are no options, or where all words are only passed on.
    let takesEveryWord: Bool

    init(
        _ arguments: [AgentArgument] = [],
        options: [AgentOption] = [],
        needsOneOf: [String] = [],
        takesEveryWord: Bool = false
    ) {
        self.arguments = arguments
        self.options = options
        self.needsOneOf = needsOneOf
        self.takesEveryWord = takesEveryWord
    }

    /// How it is written behind its name: `CODE [--after TIME]`.
    public var usage: String {
        (arguments.filter { !$0.isOptional }.map(\.usage) + options.map(\.usage)
            + arguments.filter(\.isOptional).map(\.usage)).joined(separator: " ")
    }

    /// How many words that are no options there may be, and must be.
    private var most: Int { arguments.contains { $0.isRepeated } ? .max : arguments.count }
    private var least: Int { arguments.count { !$0.isOptional } }

    private func argument(at index: Int) -> AgentArgument? {
        index < arguments.count ? arguments[index] : arguments.last
    }

    /// What is wrong with these words, of which those only known at run time are `nil`.
    ///
    /// Where such a word may be an option, what follows it is taken as right.
    func misuse(_ words: [String?], of name: String) -> AgentMisuse? {
        var free: [String?] = []
        var given: Set<String> = []
        var index = 0
        var isEnded = takesEveryWord
        while index < words.count {
            defer { index += 1 }
            guard let word = words[index] else {
                guard free.count < most else { return nil }
                free.append(nil)
                continue
            }
            guard !isEnded, word.hasPrefix("--") else {
                guard free.count < most, let argument = argument(at: free.count) else {
                    return AgentMisuse(index, "'\(word)' is a word too many: \(written(name))")
                }
                if !argument.kind.accepts(word) { return unfit(word, argument.kind, at: index, of: name) }
                free.append(word)
                continue
            }
            // It ends the options.
            if word == "--" {
                isEnded = true
                continue
            }
            guard let option = options.first(where: { $0.name == word }) else {
                return unknown(word, at: index, of: name)
            }
            guard given.insert(word).inserted else { return AgentMisuse(index, "\(word) is given twice") }
            guard let kind = option.kind else { continue }
            index += 1
            guard index < words.count else {
                return AgentMisuse(index - 1, "\(word) wants \(kind.description) behind it")
            }
            if let value = words[index], !kind.accepts(value) { return unfit(value, kind, at: index, of: word) }
        }
        return missing(given, free.count, of: name)
    }

    private func written(_ name: String) -> String { usage.isEmpty ? "\(name) stands alone" : "\(name) \(usage)" }

    private func unknown(_ word: String, at index: Int, of name: String) -> AgentMisuse {
        let known = options.map(\.name)
        return AgentMisuse(
            index,
            known.isEmpty ? "\(name) has no options, so no \(word)" : "\(name) has no option '\(word)'",
            mistaken: known.isEmpty ? nil : word,
            known: known
        )
    }

    private func unfit(_ word: String, _ kind: AgentWordKind, at index: Int, of name: String) -> AgentMisuse {
        AgentMisuse(
            index,
            "\(name) wants \(kind.description), not '\(word)'",
            mistaken: kind == .signal ? word : nil,
            known: kind == .signal ? AgentWordKind.signals : []
        )
    }

    private func missing(_ given: Set<String>, _ count: Int, of name: String) -> AgentMisuse? {
        if count < least {
            let wanted = arguments.map(\.kind.description).joined(separator: " and ")
            return AgentMisuse(nil, "\(name) wants \(wanted): \(written(name))")
        }
        if let option = options.first(where: { $0.isRequired && !given.contains($0.name) }) {
            return AgentMisuse(nil, "\(name) wants \(option.name): \(written(name))")
        }
        if !needsOneOf.isEmpty, given.isDisjoint(with: needsOneOf) {
            return AgentMisuse(nil, "\(name) wants \(needsOneOf.joined(separator: " or ")): \(written(name))")
        }
        return nil
    }
}

/// A word behind a command or a question that is no option.
public struct AgentArgument: Sendable {
    /// What it must be.
    public let kind: AgentWordKind
    /// Whether it may be left out.
    public let isOptional: Bool
    /// Whether there may be more of them; only the last one is.
    public let isRepeated: Bool

    init(_ kind: AgentWordKind, isOptional: Bool = false, isRepeated: Bool = false) {
        self.kind = kind
        self.isOptional = isOptional
        self.isRepeated = isRepeated
    }

    var usage: String {
        let word = kind.placeholder + (isRepeated ? "..." : "")
        return isOptional ? "[\(word)]" : word
    }
}

/// An option of a command.
public struct AgentOption: Sendable {
    /// Its word, `--after`.
    public let name: String
    /// What the word behind it must be; `nil` for one that stands alone.
    public let kind: AgentWordKind?
    /// Whether the command does nothing without it.
    public let isRequired: Bool

    init(_ name: String, _ kind: AgentWordKind? = nil, isRequired: Bool = false) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
    }

    var usage: String {
        let words = [name, kind?.placeholder].compactMap { $0 }.joined(separator: " ")
        return isRequired ? words : "[\(words)]"
    }
}

/// Words the agent would not take.
public struct AgentMisuse: Sendable {
    /// The word that is wrong, counted from the name of the command or question; `nil` when one is missing.
    public internal(set) var index: Int?
    /// What is wrong, for a person.
    public let message: String
    /// A word that is no name the agent knows.
    public let mistaken: String?
    /// The names it could have been.
    public let known: [String]

    init(_ index: Int?, _ message: String, mistaken: String? = nil, known: [String] = []) {
        self.index = index
        self.message = message
        self.mistaken = mistaken
        self.known = known
    }

    /// The same, with so many words before.
    func behind(_ count: Int) -> AgentMisuse {
        var copy = self
        copy.index = index.map { $0 + count }
        return copy
    }
}
