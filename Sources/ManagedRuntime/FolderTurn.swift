import Foundation

/// The right to change a folder that every crisol on this machine shares; one of them has it at a time.
///
/// The kernel takes it back with the process, so a crisol that was killed keeps nobody waiting.
enum FolderTurn {
    /// How often somebody who waits asks again. There is no flock(2) that a task could wait for.
    private static let pause = Duration.milliseconds(100)

    /// Does something while nobody else who asks for this folder does.
    ///
    /// - Parameters:
    ///   - folder: made if it is not there; its file `lock` stays.
    ///   - waiting: called once, when somebody else has the turn.
    /// - Throws: what `body` does; `RuntimeError` when the folder cannot be made or written, or the task is cancelled.
    static func take<Value: Sendable>(
        in folder: String,
        waiting: @Sendable () -> Void,
        _ body: @Sendable () async throws(RuntimeError) -> Value
    ) async throws(RuntimeError) -> Value {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw RuntimeError(
                .system,
                "the folder \(folder) cannot be made: \(error.localizedDescription) (CRISOL_STATE names another place)"
            )
        }
        let file = "\(folder)/lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw RuntimeError(.system, "\(file) cannot be written: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var hasWaited = false
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw RuntimeError(.system, "\(file) cannot be locked: \(String(cString: strerror(errno)))")
            }
            if !hasWaited { waiting() }
            hasWaited = true
            do { try await Task.sleep(for: pause) } catch { throw .interrupted(by: SIGTERM) }
        }
        return try await body()
    }
}
