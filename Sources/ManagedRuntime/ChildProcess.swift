import CNamespaces
import Foundation

/// A program started as a child, with signals as a shell would leave them.
enum ChildProcess {
    /// Starts it; its process number.
    ///
    /// - Parameters:
    ///   - input: what it reads; nothing when it is `nil`.
    ///   - output: where standard output and error go; inherited when it is `nil`.
    static func start(
        _ path: String,
        _ arguments: [String],
        environment: [String: String],
        input: Int32? = nil,
        output: Int32? = nil,
        newSession: Bool = false
    ) throws(RuntimeError) -> Int32 {
        let pid = withCStrings([path] + arguments) { words in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { variables in
                crisol_spawn(path, words, variables, input ?? -1, output ?? -1, newSession ? 1 : 0)
            }
        }
        guard pid > 0 else {
            throw RuntimeError(.system, "\(path) cannot be started: \(String(cString: strerror(-pid)))")
        }
        return pid
    }

    /// Waits for its end without holding a thread of the concurrency pool.
    static func wait(_ pid: Int32) async -> Ending {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: Ending(status: crisol_wait(pid))) }
        }
    }

    /// Runs a program that prepares a run. It ends with its task, and its end by a signal that means the run is the
    /// run's interruption too: a terminal sends Ctrl-C to both, and what was cut off says nothing of what there is.
    ///
    /// - Throws: also `RuntimeError` with the signal.
    static func prepare(_ path: String, _ arguments: [String], in folder: String? = nil) async throws(RuntimeError)
        -> (Ending, String)
    {
        let (ending, output) = try await run(path, arguments, in: folder, endsWithTask: true)
        if let signal = [SIGINT, SIGTERM, SIGHUP].first(where: { $0 == ending.signal }) {
            throw .interrupted(by: signal)
        }
        if Task.isCancelled { throw .interrupted(by: SIGTERM) }
        return (ending, output)
    }

    /// Runs a program to its end; what it wrote, at most 1 MiB.
    ///
    /// - Parameter endsWithTask: whether it is asked to end when the task is cancelled.
    static func run(
        _ path: String,
        _ arguments: [String],
        in folder: String? = nil,
        endsWithTask: Bool = false
    ) async throws(RuntimeError) -> (Ending, String) {
        let file = "\(NSTemporaryDirectory())/crisol-\(UUID().uuidString)"
        let descriptor = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RuntimeError(.system, "\(file): \(String(cString: strerror(errno)))") }
        unlink(file)
        defer { close(descriptor) }
        var words = arguments
        var program = path
        if let folder {
            // posix_spawn has no portable change of folder.
            words = ["-C", folder, path] + arguments
            program = "/usr/bin/env"
        }
        let pid = try start(program, words, environment: ProcessInfo.processInfo.environment, output: descriptor)
        let ending = await withTaskCancellationHandler {
            await wait(pid)
        } onCancel: {
            if endsWithTask { kill(pid, SIGTERM) }
        }
        lseek(descriptor, 0, SEEK_SET)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &buffer, buffer.count)
        return (ending, String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
    }

    /// How a process ended.
    struct Ending: Sendable, Equatable, CustomStringConvertible {
        let status: Int32

        var code: Int32 {
            crisol_wait_exited(status) != 0 ? crisol_wait_code(status) : 128 + crisol_wait_signal(status)
        }

        /// The signal that ended it; zero when none did.
        var signal: Int32 { crisol_wait_signal(status) }

        var description: String {
            signal > 0 ? "killed by signal \(signal)" : "exited with \(crisol_wait_code(status))"
        }
    }
}

/// Calls with the texts as a C array that ends in a null pointer.
func withCStrings<Result>(
    _ texts: [String],
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() { (pointers + index).initialize(to: strdup(text)) }
    (pointers + texts.count).initialize(to: nil)
    defer {
        for index in texts.indices { free(pointers[index]) }
        pointers.deallocate()
    }
    return body(pointers)
}
