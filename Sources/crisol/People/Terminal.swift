import Foundation
import Synchronization

/// The terminal on standard input, and standard input itself.
enum Terminal {
    /// Whether a person sits there.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

    /// Its size in characters; `nil` when it has none.
    static var size: (width: UInt16, height: UInt16)? {
        var size = winsize()
        guard ioctl(STDIN_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (size.ws_col, size.ws_row)
    }

    /// Gives every key to the body's peer instead of to this process, for as long as the body runs.
    static func raw<Result>(if isWanted: Bool, _ body: () async throws -> Result) async throws -> Result {
        var before = termios()
        guard isWanted, isInteractive, tcgetattr(STDIN_FILENO, &before) == 0 else { return try await body() }
        var raw = before
        cfmakeraw(&raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        defer { tcsetattr(STDIN_FILENO, TCSADRAIN, &before) }
        return try await body()
    }

    /// Reads standard input piece by piece: who does not ask holds nothing in memory.
    ///
    /// - Returns: what was read; empty at the end of input, and when the task is cancelled.
    static func input() async -> [UInt8] {
        let isOver = Flag()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: read(unless: isOver)) }
            }
        } onCancel: {
            isOver.set()
        }
    }

    /// Waits in short turns, because nothing ends a read of a terminal from outside.
    private static func read(unless isOver: Flag) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        while !isOver.isSet {
            var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            if poll(&waiting, 1, 100) <= 0 { continue }
            let count = Foundation.read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            return count > 0 ? Array(buffer[..<count]) : []
        }
        return []
    }

    /// Writes all of the bytes.
    ///
    /// - Returns: whether whoever reads there is still reading.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Whether whoever reads there is still there, as far as can be told without a write.
    static func isRead(_ descriptor: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&waiting, 1, 0) <= 0 || waiting.revents & Int16(POLLERR) == 0
    }

    /// Calls with the terminal's size, and again whenever it has another one, until the task is cancelled.
    static func follow(_ body: (UInt16, UInt16) async throws -> Void) async throws {
        var told: (UInt16, UInt16) = (0, 0)
        while !Task.isCancelled {
            if let size, size != told {
                try await body(size.width, size.height)
                told = (size.width, size.height)
            }
            // Nobody drags a window faster than this.
            try await Task.sleep(for: .milliseconds(150))
        }
    }
}

/// Something that happened once.
private final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set() { value.withLock { $0 = true } }
}
