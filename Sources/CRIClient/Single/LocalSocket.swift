internal import Glibc
internal import NIOCore

/// A connected unix stream socket for one thread that waits.
struct LocalSocket: ~Copyable {
    /// What a system call said.
    struct Failure: Error {
        /// The `errno`; ETIMEDOUT when the time given was over.
        let code: CInt
    }

    private static let chunk = 64 << 10

    private let descriptor: CInt

    /// Connects at once or not at all: on a unix socket nothing but a full queue could be waited for.
    ///
    /// - Throws: ENOENT, ECONNREFUSED, EACCES, EAGAIN for a full queue, ENAMETOOLONG and what else connect(2) may say.
    init(connectingTo path: String) throws(Failure) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Failure(code: ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let made = socket(AF_UNIX, kind, 0)
        guard made >= 0 else { throw Failure(code: errno) }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected else {
            let code = errno
            close(made)
            throw Failure(code: code)
        }
        descriptor = made
    }

    deinit { close(descriptor) }

    /// Sends all of the bytes.
    borrowing func send(_ bytes: ByteBuffer, until end: ContinuousClock.Instant) throws(Failure) {
        var bytes = bytes
        while bytes.readableBytes > 0 {
            // No SIGPIPE: who asks one question has no handler for it.
            let count = bytes.withUnsafeReadableBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count >= 0 { bytes.moveReaderIndex(forwardBy: count) } else { try wait(for: POLLOUT, until: end) }
        }
    }

    /// The next bytes that come; none when the peer has closed.
    borrowing func receive(until end: ContinuousClock.Instant) throws(Failure) -> ByteBuffer {
        var bytes = ByteBuffer()
        while true {
            var received = -1
            bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.chunk) { room in
                received = recv(descriptor, room.baseAddress, room.count, 0)
                return max(0, received)
            }
            if received >= 0 { return bytes }
            try wait(for: POLLIN, until: end)
        }
    }

    /// Waits after a system call that failed, if waiting is what it needs.
    private borrowing func wait(for events: CInt, until end: ContinuousClock.Instant) throws(Failure) {
        let code = errno
        guard code != EINTR else { return }
        guard code == EAGAIN else { throw Failure(code: code) }
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        let left = (end - .now) / .milliseconds(1)
        guard left > 0 else { throw Failure(code: ETIMEDOUT) }
        // Rounded up: a wait that ends early would turn in circles.
        _ = poll(&entry, 1, CInt(clamping: Int(min(left.rounded(.up), 1e9))))
    }
}
