internal import Foundation

/// The command line of a service, word by word, and where each word stands.
struct ServiceCommand {
    /// A word, and the file and line it was written in.
    struct Word: Hashable {
        let text: String
        let path: String
        let line: Int
    }

    /// Where units are looked for; what stands in an earlier folder wins.
    static let folders = [
        "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system", "/lib/systemd/system",
    ]

    let words: [Word]
    /// The unit and its drop-ins, in the order they count.
    let files: [String]

    private struct Variable {
        let value: String
        let path: String
        let line: Int
    }

    /// Reads the service's unit with its drop-ins and environment files; `nil` when there is no such unit.
    ///
    /// - Throws: what cannot be read or understood.
    init?(_ unit: String, _ files: NodeFiles) throws(InstallProblem) {
        var found: (path: String, text: String)?
        for folder in Self.folders where found == nil {
            if let text = try files.text("\(folder)/\(unit)") { found = ("\(folder)/\(unit)", text) }
        }
        guard let found else { return nil }
        var units = [UnitFile(path: found.path, text: found.text)]
        for path in Self.dropIns(unit, files) {
            if let text = try files.text(path) { units.append(UnitFile(path: path, text: text)) }
        }
        self.files = units.map(\.path)

        var variables: [String: Variable] = [:]
        var environmentFiles: [Variable] = []
        var command: Variable?
        for unit in units {
            for entry in unit.entries where entry.section == "Service" {
                switch entry.key {
                case "Environment": try Self.assign(entry, unit.path, &variables)
                case "EnvironmentFile":
                    // A minus says that the file may be missing.
                    let name = entry.value.hasPrefix("-") ? String(entry.value.dropFirst()) : entry.value
                    environmentFiles =
                        entry.value.isEmpty
                        ? [] : environmentFiles + [Variable(value: name, path: unit.path, line: entry.line)]
                case "ExecStart":
                    command =
                        entry.value.isEmpty ? nil : Variable(value: entry.value, path: unit.path, line: entry.line)
                default: break
                }
            }
        }
        guard let command else { throw InstallProblem("\(found.path) has no ExecStart=: it starts no kubelet") }
        // What environment files say wins over Environment= (systemd.exec(5)); a command without variables asks neither.
        for file in environmentFiles where command.value.contains("$") {
            for (name, value, line) in SystemdWords.environmentFile(try Self.environment(file, files)) {
                variables[name] = Variable(value: value, path: file.value, line: line)
            }
        }
        words = try Self.expand(command, variables)
    }

    /// What an environment file holds; nothing when it is not there.
    ///
    /// - Throws: when its name may stand for other files.
    private static func environment(_ file: Variable, _ files: NodeFiles) throws(InstallProblem) -> String {
        // systemd looks for what a pattern fits, and puts something in for `%n` and its like.
        guard !file.value.contains(where: { "*?[\\%".contains($0) }) else {
            throw InstallProblem(
                "\(file.path):\(file.line): EnvironmentFile=\(file.value) may be any number of files, so it cannot be told what kubelet is started with; name each file"
            )
        }
        // What is no whole path systemd passes over, too.
        return file.value.hasPrefix("/") ? try files.text(file.value) ?? "" : ""
    }

    private static func dropIns(_ unit: String, _ files: NodeFiles) -> [String] {
        var byName: [String: String] = [:]
        for folder in folders.reversed() {
            for name in files.names(in: "\(folder)/\(unit).d", endingWith: ".conf") {
                byName[name] = "\(folder)/\(unit).d/\(name)"
            }
        }
        return byName.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func assign(
        _ entry: UnitFile.Entry,
        _ path: String,
        _ variables: inout [String: Variable]
    ) throws(InstallProblem) {
        guard !entry.value.isEmpty else {
            variables = [:]
            return
        }
        guard let words = SystemdWords.split(entry.value) else {
            throw InstallProblem("\(path):\(entry.line): a quote is not closed")
        }
        for word in words {
            guard let equals = word.firstIndex(of: "=") else { continue }
            variables[String(word[..<equals])] = Variable(
                value: String(word[word.index(after: equals)...]),
                path: path,
                line: entry.line
            )
        }
    }

    private static func expand(_ command: Variable, _ variables: [String: Variable]) throws(InstallProblem) -> [Word] {
        guard let words = SystemdWords.split(command.value) else {
            throw InstallProblem("\(command.path):\(command.line): a quote is not closed")
        }
        var result: [Word] = []
        for word in words {
            // `$NAME` as a whole word is split at spaces; anything else is one word.
            if word.hasPrefix("$"), !word.hasPrefix("${"), !word.hasPrefix("$$") {
                guard let variable = variables[String(word.dropFirst())] else { continue }
                guard let parts = SystemdWords.split(variable.value) else {
                    throw InstallProblem("\(variable.path):\(variable.line): a quote is not closed")
                }
                result += parts.map { Word(text: $0, path: variable.path, line: variable.line) }
            } else if word.hasPrefix("${"), word.hasSuffix("}"),
                let variable = variables[String(word.dropFirst(2).dropLast())]
            {
                result.append(Word(text: variable.value, path: variable.path, line: variable.line))
            } else {
                result.append(Word(text: word, path: command.path, line: command.line))
            }
        }
        return result
    }
}
