import Foundation

/// Writing to the terminal.
enum Console {
    /// A line on standard error.
    static func error(_ text: String) {
        write(text.hasSuffix("\n") ? text : text + "\n", to: STDERR_FILENO)
    }

    /// Part of a line on standard error, which the next part may take away again.
    static func status(_ text: String) { write(text, to: STDERR_FILENO) }

    /// A line on standard output, written at once so that it stands before what a child writes.
    static func line(_ text: String = "") { write(text + "\n", to: STDOUT_FILENO) }

    /// Whoever reads may be gone (`crisol list | head`), which must not end a run and its clean-up: Foundation's own
    /// write traps.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

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
