internal import Glibc
internal import NIOCore
internal import Synchronization

/// A file that is appended to and rotates. Used from one thread; the lock is for the type system, and uncontended.
final class LedgerFile: Sendable {
    private let configuration: LedgerConfiguration
    private let state: Mutex<(descriptor: Int32, size: Int)>

    /// - Throws: ``SocketError`` when the file cannot be opened.
    init(_ configuration: LedgerConfiguration) throws(SocketError) {
        self.configuration = configuration
        let opened = Self.open(configuration.path)
        guard opened.descriptor >= 0 else { throw SocketError(configuration.path, errno) }
        state = Mutex(opened)
    }

    func write(_ bytes: ByteBuffer) {
        state.withLock { state in
            guard bytes.readableBytes > 0, state.descriptor >= 0 else { return }
            if state.size > 0, state.size + bytes.readableBytes > configuration.maxBytes { rotate(&state) }
            bytes.withUnsafeReadableBytes { bytes in
                var rest = bytes
                while let start = rest.baseAddress, rest.count > 0 {
                    let count = Glibc.write(state.descriptor, start, rest.count)
                    if count < 0, errno == EINTR { continue }
                    // A full disk costs lines, not calls.
                    guard count > 0 else { return }
                    state.size += count
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                }
            }
        }
    }

    func close() {
        state.withLock { state in
            if state.descriptor >= 0 { Glibc.close(state.descriptor) }
            state.descriptor = -1
        }
    }

    private func rotate(_ state: inout (descriptor: Int32, size: Int)) {
        Glibc.close(state.descriptor)
        let path = configuration.path
        if configuration.generations == 0 {
            _ = unlink(path)
        } else {
            for generation in stride(from: configuration.generations - 1, to: 0, by: -1) {
                _ = rename("\(path).\(generation)", "\(path).\(generation + 1)")
            }
            _ = rename(path, "\(path).1")
        }
        state = Self.open(path)
    }

    private static func open(_ path: String) -> (descriptor: Int32, size: Int) {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return (descriptor, 0) }
        return (descriptor, Int(status.st_size))
    }
}
