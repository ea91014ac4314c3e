import CAgent

/// The words behind a command, taken apart. What the command cannot take is told on stderr, never passed over: a
/// misspelt option would else look like a container that does not do what it was told.
struct Words {
    /// How the command is written, for complaints.
    private let form: StaticString
    /// The words that are no options; `--` ends the options.
    private(set) var free: [Text] = []
    private var names: [Text] = []
    private var values: [Text] = []
    /// Whether everything that was read so far could be read.
    private(set) var areGood = true

    /// - Parameters:
    ///   - options: those with a value behind them.
    ///   - flags: those without.
    ///   - free: how many other words there may be.
    init?(
        _ arguments: [Text],
        _ form: StaticString,
        options: [StaticString] = [],
        flags: [StaticString] = [],
        free range: ClosedRange<Int> = 0...0
    ) {
        self.form = form
        guard take(arguments, options, flags, range) else { return nil }
    }

    private mutating func take(
        _ arguments: [Text],
        _ options: [StaticString],
        _ flags: [StaticString],
        _ range: ClosedRange<Int>
    ) -> Bool {
        var index = 0
        var isEnded = false
        while index < arguments.count {
            let word = arguments[index]
            index += 1
            if isEnded || !starts(word, "--") {
                free.append(word)
                continue
            }
            if word.count == 2 {
                isEnded = true
                continue
            }
            if has(word) { return complain(word, " is given twice") }
            names.append(word)
            if Words.contains(options, word) {
                guard index < arguments.count else { return complain(word, " wants a value") }
                values.append(arguments[index])
                index += 1
            } else if Words.contains(flags, word) {
                values.append([])
            } else {
                return complain(word, " is no option here")
            }
        }
        if free.count > range.upperBound { return complain(free[range.upperBound], " is a word too many") }
        if free.count < range.lowerBound { return complain(text("a word"), " is missing") }
        return true
    }

    private static func contains(_ names: [StaticString], _ word: Text) -> Bool {
        for name in names where equals(word, name) { return true }
        return false
    }

    private func has(_ name: Text) -> Bool {
        for other in names where other == name { return true }
        return false
    }

    /// Says what is wrong and how it is right; always false.
    private func complain(_ word: Text, _ problem: StaticString) -> Bool {
        put(text("agent: ") + word + text(problem) + text("; usage: ") + text(form) + [10], to: 2)
        return false
    }

    /// Whether a flag is there.
    func has(_ name: StaticString) -> Bool { has(text(name)) }

    /// The value behind an option.
    func value(_ name: StaticString) -> Text? {
        for index in 0..<names.count where equals(names[index], name) { return values[index] }
        return nil
    }

    /// The value behind an option as a number of some kind; what is none is told, and `areGood` is false from then on.
    mutating func read(_ name: StaticString, _ reading: (Text) -> Int?) -> Int? {
        guard let word = value(name) else { return nil }
        if let number = reading(word) { return number }
        areGood = complain(text(name) + [32] + word, " cannot be read")
        return nil
    }
}
