import CNamespaces
import Foundation
import Testing

/// The built program, run as a user runs it.
struct CrisolProgram {
    struct Ending {
        let code: Int32
        let output: String
    }

    static let folder = FileManager.default.currentDirectoryPath
    /// The program under test: built together with the tests, or the one `CRISOL_PROGRAM` names.
    static let path =
        ProcessInfo.processInfo.environment["CRISOL_PROGRAM"] ?? "\(folder)/.build/debug/crisol"

    static var canStartRuntimes: Bool {
        getuid() == 0 && FileManager.default.isExecutableFile(atPath: "\(folder)/.build-agent/release/agent")
    }

    /// The longest a program may take, in seconds: several times a run of all suites on two slow cores. One that hangs
    /// must be a test that fails and says where, and not the end of all tests.
    private static let limit: time_t = 1200

    /// Runs it to its end; `whenLine` hears of each line and may send it signals.
    ///
    /// - Parameters:
    ///   - input: a file to be standard input.
    ///   - listening: a listening socket that is passed as systemd would pass it.
    ///   - lines: so many lines are read of what it writes, and then nobody does any more, as with `head`.
    ///   - whenStarted: hears of its process id.
    static func run(
        _ arguments: [String],
        environment extra: [String: String] = [:],
        input: String? = nil,
        listening: Int32? = nil,
        lines: Int = .max,
        whenLine: (@Sendable (String, pid_t) -> Void)? = nil,
        whenStarted: (@Sendable (pid_t) -> Void)? = nil
    ) async throws -> Ending {
        var environment = ProcessInfo.processInfo.environment
        environment["CRISOL_AGENT"] = "\(folder)/.build-agent/release/agent"
        environment.merge(extra) { $1 }
        var command = [path] + arguments
        if listening != nil {
            environment["LISTEN_FDS"] = "1"
            // Only the process itself knows its number in time.
            command = ["/bin/sh", "-c", #"export LISTEN_PID=$$; exec "$0" "$@""#] + command
        }
        let (words, variables) = (command, environment)
        // The wait blocks a thread, and the tests' own threads must not be the ones.
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                continuation.resume(
                    with: Result { try spawn(words, variables, input, listening, lines, whenLine, whenStarted) }
                )
            }
            thread.start()
        }
    }

    private static func spawn(
        _ command: [String],
        _ environment: [String: String],
        _ input: String?,
        _ listening: Int32?,
        _ lines: Int,
        _ whenLine: (@Sendable (String, pid_t) -> Void)?,
        _ whenStarted: (@Sendable (pid_t) -> Void)?
    ) throws -> Ending {
        var ends: [Int32] = [0, 0]
        // Tests run side by side, and what another one's program inherits stays open for as long as that runs.
        guard crisol_pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        if let listening { posix_spawn_file_actions_adddup2(&actions, listening, 3) }
        _ = crisol_close_from(&actions, listening == nil ? 3 : 4)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The test runner blocks signals and has SIGPIPE ignored, which a user's shell does not.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, command[0], &actions, &attributes, &words, &variables)
        close(ends[1])
        guard failure == 0 else {
            close(ends[0])
            throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .ENOENT)
        }
        whenStarted?(pid)
        let (output, isWhole) = read(ends[0], pid, lines, whenLine)
        close(ends[0])
        if !isWhole {
            let end = output.suffix(1000)
            Issue.record(
                "not ended after \(limit) s, \(stacks(of: pid)); its last words: \(end); all of them: \(output)"
            )
            // It removes what it made, if it still can.
            kill(pid, SIGINT)
            sleep(60)
            kill(pid, SIGKILL)
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return Ending(code: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: output)
    }

    /// All that it writes, and whether its output ended before the limit.
    private static func read(
        _ descriptor: Int32,
        _ pid: pid_t,
        _ lines: Int,
        _ whenLine: ((String, pid_t) -> Void)?
    ) -> (String, isWhole: Bool) {
        var bytes: [UInt8] = []
        var (seen, count) = (0, 0)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let deadline = time(nil) + limit
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = max(0, deadline - time(nil))
            let ready = poll(&waiting, 1, Int32(left * 1000))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return (String(decoding: bytes, as: UTF8.self), false) }
            let length = Foundation.read(descriptor, &buffer, buffer.count)
            if length < 0, errno == EINTR { continue }
            if length <= 0 { return (String(decoding: bytes, as: UTF8.self), true) }
            bytes += buffer[..<length]
            while let end = bytes[seen...].firstIndex(of: UInt8(ascii: "\n")) {
                whenLine?(String(decoding: bytes[seen..<end], as: UTF8.self), pid)
                seen = end + 1
                count += 1
                if count == lines { return (String(decoding: bytes[..<seen], as: UTF8.self), true) }
            }
        }
    }

    /// Where each thread of a process, and of what it started, waits in the kernel.
    private static func stacks(of pid: pid_t) -> String {
        func text(_ path: String) -> String {
            String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
                .replacing("\0", with: " ").trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        let waits = threads.map { text("/proc/\(pid)/task/\($0)/wchan") }
        let children = threads.flatMap { text("/proc/\(pid)/task/\($0)/children").split(separator: " ") }
        return
            (["\(pid) \(text("/proc/\(pid)/cmdline")) waits in \(waits)"]
            + children.compactMap { Int32($0) }.map { stacks(of: $0) }).joined(separator: "; ")
    }
}

/// A folder of a test's own.
struct TemporaryFolder {
    let path: String

    init() throws {
        path = "/tmp/crisol-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ name: String, _ text: String, mode: Int = 0o644) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(path)/\(name)")
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
