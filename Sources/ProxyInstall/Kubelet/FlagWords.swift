/// The values of flags among words, as pflag reads them: `--flag=value` or `--flag value`.
struct FlagWords {
    struct Value: Hashable {
        let value: String
        let path: String
        let line: Int
    }

    private let words: [ServiceCommand.Word]

    init(_ words: [ServiceCommand.Word]) { self.words = words }
    init(_ command: ServiceCommand) { words = command.words }

    /// - Throws: when the flag is the last word, or its value a variable.
    func values(of flag: String) throws(InstallProblem) -> [Value] {
        var values: [Value] = []
        for (index, word) in words.enumerated() {
            let value: String
            let place: ServiceCommand.Word
            if word.text.hasPrefix("\(flag)=") {
                value = String(word.text.dropFirst(flag.count + 1))
                place = word
            } else if word.text == flag {
                guard index + 1 < words.count else {
                    throw InstallProblem("\(word.path):\(word.line): \(flag) has no value")
                }
                place = words[index + 1]
                value = place.text
            } else {
                continue
            }
            guard !value.contains("$") else {
                throw InstallProblem("\(place.path):\(place.line): the value of \(flag) is a variable: \(value)")
            }
            values.append(Value(value: value, path: place.path, line: place.line))
        }
        return values
    }
}
