import Foundation

/// Writing to the terminal.
enum Console {
    /// A line on standard error.
    static func error(_ text: String) {
        FileHandle.standardError.write(Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
    }

    /// A line on standard output, written at once so that it stands before what a child writes.
    static func line(_ text: String = "") { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    /// Whether a person may be watching.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    /// The text without what a terminal would obey: runtimes choose what stands in messages.
    static func safe(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.value < 32 && $0 != "\n" && $0 != "\t" || $0.value == 127 || (0x80..<0xa0).contains($0.value)
                        ? "\u{fffd}" : $0
                }
            )
        )
    }
}
