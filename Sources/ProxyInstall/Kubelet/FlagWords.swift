/// The values of flags among words, as kubelet reads them: `--flag=value` or `--flag value`, and `_` in a name is `-`.
struct FlagWords {
    struct Value: Hashable {
        let value: String
        let path: String
        let line: Int
    }

    private let words: [ServiceCommand.Word]

    init(_ words: [ServiceCommand.Word]) { self.words = words }
    init(_ command: ServiceCommand) { words = command.words }

    /// - Throws: when the flag is the last word, or its value a variable or a specifier of systemd's.
    func values(of flag: String) throws(InstallProblem) -> [Value] {
        var values: [Value] = []
        for (index, word) in words.enumerated() {
            let value: String
            let place: ServiceCommand.Word
            guard word.text.hasPrefix("--") else { continue }
            let name = word.text.prefix { $0 != "=" }
            guard name.replacing("_", with: "-") == flag else { continue }
            if name.endIndex < word.text.endIndex {
                value = String(word.text[name.endIndex...].dropFirst())
                place = word
            } else {
                guard index + 1 < words.count else {
                    throw InstallProblem("\(word.path):\(word.line): \(flag) has no value")
                }
                place = words[index + 1]
                value = place.text
            }
            guard !value.contains("$") else {
                throw InstallProblem("\(place.path):\(place.line): the value of \(flag) is a variable: \(value)")
            }
            // `%t` is a folder that systemd knows; a unit that is read here does not tell which.
            guard !value.contains("%") else {
                throw InstallProblem(
                    "\(place.path):\(place.line): systemd may put something in for a '%' in the value of \(flag): \(value)"
                )
            }
            values.append(Value(value: value, path: place.path, line: place.line))
        }
        return values
    }
}
