internal import Glibc
internal import NIOCore
internal import Synchronization

/// A file that is appended to and rotates. Used from one thread; the lock is for the type system, and uncontended.
///
/// It holds whole lines only: what a full disk cut off is taken back.
final class LedgerFile: Sendable {
    private struct State {
        var descriptor: Int32
        var size: Int
    }

    private let configuration: LedgerConfiguration
    private let header: [UInt8]
    private let state: Mutex<State>

    /// - Throws: ``SocketError`` when the file cannot be opened.
    init(_ configuration: LedgerConfiguration) throws(SocketError) {
        self.configuration = configuration
        header = configuration.header.map { Array($0.line.utf8) } ?? []
        guard let opened = Self.open(configuration.path) else { throw SocketError(configuration.path, errno) }
        state = Mutex(opened)
        state.withLock { state in _ = Self.append(header[...], &state) }
    }

    /// Writes lines.
    ///
    /// - Returns: how many of them are in the file now, and why the others are not.
    func write(_ bytes: ByteBuffer, lines: Int) -> (written: Int, error: String?) {
        guard lines > 0 else { return (0, nil) }
        return state.withLock { state in
            if state.size > header.count, state.size + bytes.readableBytes > configuration.maxBytes { rotate(&state) }
            if state.descriptor < 0 { reopen(&state) }
            guard state.descriptor >= 0 else { return (0, Self.text(errno)) }
            let all = bytes.readableBytesView[...]
            let count = Self.append(all, &state)
            guard count < all.count else { return (lines, nil) }
            let error = Self.text(errno)
            let whole = all.prefix(count).lastIndex(of: UInt8(ascii: "\n")).map { $0 - all.startIndex + 1 } ?? 0
            if count > whole, ftruncate(state.descriptor, off_t(state.size - (count - whole))) == 0 {
                state.size -= count - whole
            }
            return (all.prefix(whole).count { $0 == UInt8(ascii: "\n") }, error)
        }
    }

    func close() {
        state.withLock { state in
            if state.descriptor >= 0 { Glibc.close(state.descriptor) }
            state.descriptor = -1
        }
    }

    private func rotate(_ state: inout State) {
        Glibc.close(state.descriptor)
        state.descriptor = -1
        let path = configuration.path
        if configuration.generations == 0 {
            _ = unlink(path)
        } else {
            for generation in stride(from: configuration.generations - 1, to: 0, by: -1) {
                _ = rename("\(path).\(generation)", "\(path).\(generation + 1)")
            }
            _ = rename(path, "\(path).1")
        }
    }

    private func reopen(_ state: inout State) {
        guard let opened = Self.open(configuration.path) else { return }
        state = opened
        _ = Self.append(header[...], &state)
    }

    /// Writes as much as can be written; how many bytes that was.
    private static func append(_ bytes: some Collection<UInt8>, _ state: inout State) -> Int {
        let count = Array(bytes).withUnsafeBytes { all in
            var rest = all[...]
            while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
                let count = Glibc.write(state.descriptor, start, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            return all.count - rest.count
        }
        state.size += count
        return count
    }

    private static func open(_ path: String) -> State? {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        var status = stat()
        guard descriptor >= 0 else { return nil }
        guard fstat(descriptor, &status) == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        return State(descriptor: descriptor, size: Int(status.st_size))
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
