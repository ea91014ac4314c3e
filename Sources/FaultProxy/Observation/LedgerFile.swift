internal import Glibc
internal import NIOCore
internal import Synchronization

/// A file that is appended to and rotates. Used from one thread; the lock is for the type system, and uncontended.
///
/// It holds whole lines only: what a full disk cut off is taken back. A proxy that takes over writes to the same file
/// while its predecessor still does: who finds lines of the other puts its own header before what it writes next, and
/// who finds that the other has rotated the file follows.
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
            if state.descriptor >= 0 { claim(&state) }
            defer { if state.descriptor >= 0 { flock(state.descriptor, LOCK_UN) } }
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

    /// Makes sure that the file is still the one by that name, and that the lines to come follow a header of ours.
    private func claim(_ state: inout State) {
        lock(state.descriptor)
        var (ours, named) = (stat(), stat())
        guard fstat(state.descriptor, &ours) == 0 else { return }
        let found = stat(configuration.path, &named)
        if found == 0 ? named.st_ino != ours.st_ino || named.st_dev != ours.st_dev : errno == ENOENT {
            Glibc.close(state.descriptor)
            state.descriptor = -1
            return
        }
        guard Int(ours.st_size) != state.size else { return }
        state.size = Int(ours.st_size)
        _ = Self.append(header[...], &state)
    }

    /// Keeps the other writer out for the moment of a write. It may have been stopped in the middle of one, and is not
    /// waited for: lines would be lost.
    private func lock(_ descriptor: Int32) {
        for _ in 0..<1000 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            sched_yield()
        }
    }

    private func rotate(_ state: inout State) {
        let path = configuration.path
        if configuration.generations == 0 {
            _ = unlink(path)
        } else {
            for generation in stride(from: configuration.generations - 1, to: 0, by: -1) {
                _ = rename("\(path).\(generation)", "\(path).\(generation + 1)")
            }
            _ = rename(path, "\(path).1")
        }
        // Closed last: until then the other writer is kept out.
        Glibc.close(state.descriptor)
        state.descriptor = -1
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
