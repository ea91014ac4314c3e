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
        var environmentFiles: [String] = []
        var command: Variable?
        for unit in units {
            for entry in unit.entries where entry.section == "Service" {
                switch entry.key {
                case "Environment": try Self.assign(entry, unit.path, &variables)
                case "EnvironmentFile":
                    if entry.value.isEmpty { environmentFiles = [] } else { environmentFiles.append(entry.value) }
                case "ExecStart":
                    command =
                        entry.value.isEmpty ? nil : Variable(value: entry.value, path: unit.path, line: entry.line)
                default: break
                }
            }
        }
        // What environment files say wins over Environment= (systemd.exec(5)).
        for name in environmentFiles {
            let path = name.hasPrefix("-") ? String(name.dropFirst()) : name
            guard let text = try files.text(path) else { continue }
            for (name, value, line) in SystemdWords.environmentFile(text) {
                variables[name] = Variable(value: value, path: path, line: line)
            }
        }
        guard let command else { throw InstallProblem("\(found.path) has no ExecStart=: it starts no kubelet") }
        words = try Self.expand(command, variables)
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
