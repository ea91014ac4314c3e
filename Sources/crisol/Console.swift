import Foundation
import Synchronization

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

    /// The first reason for which standard output could not be written, and `EPIPE` is not one: whoever reads may have
    /// enough (`crisol list | head`). 0 if there is none.
    private static let problem = Atomic<Int32>(0)

    /// Why what was written to standard output did not arrive; nil if it did.
    static var lostOutput: String? {
        let number = problem.load(ordering: .relaxed)
        return number == 0 ? nil : String(cString: strerror(number))
    }

    /// Nothing that goes wrong here may end a run and its clean-up: Foundation's own write traps.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                // Somebody who shares it made it one that does not wait.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
                continue
            }
            guard count > 0 else {
                if descriptor == STDOUT_FILENO, errno != EPIPE { problem.store(errno, ordering: .relaxed) }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Whether a person may be watching, who sees both streams in one place.
    static var isTerminal: Bool {
        isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1
            && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// The columns of the terminal on standard error; 80 where it does not say.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

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
