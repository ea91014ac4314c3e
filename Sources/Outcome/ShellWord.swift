/// A word of a command that is shown, so that a shell takes it as it was.
public enum ShellWord {
    /// The word, in single quotes if a shell would see more in it than a word (POSIX shell, 2.2).
    public static func quoted(_ word: String) -> String {
        let plain = word.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "-_./:=@%+,".unicodeScalars.contains(scalar)
        }
        return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}

extension Environment {
    /// The command line as a shell takes it.
    public var commandLine: String { command.map(ShellWord.quoted).joined(separator: " ") }
}
