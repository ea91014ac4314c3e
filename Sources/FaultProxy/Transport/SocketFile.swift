internal import Glibc
internal import NIOCore

/// The relay's socket in the file system: put in place whole, with the owner and mode of the runtime's own.
struct SocketFile {
    /// The longest path a unix socket can have, without the final zero.
    static let pathLimit = 107

    let path: String
    /// Where it is bound before it is put in place.
    let temporaryPath: String
    /// Where the socket stays whose place is taken, until that is for good.
    private var earlierPath: String { path + ".old" }
    private let replacesLive: Bool

    /// Finds out whether the path can be taken. A file that is there may only be a socket that nobody listens on.
    ///
    /// - Parameter replacesLive: whether one that somebody listens on may be replaced too.
    /// - Throws: ``SocketError``.
    init(_ path: String, replacesLive: Bool = false) throws(SocketError) {
        self.path = path
        self.replacesLive = replacesLive
        temporaryPath = path + ".new"
        guard temporaryPath.utf8.count <= Self.pathLimit else {
            throw SocketError("\(path): a socket's path has at most \(Self.pathLimit - 4) bytes here")
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SocketError("\(path) is there and is no socket") }
        guard replacesLive || !Self.isLive(path) else { throw SocketError("\(path): somebody listens there") }
    }

    /// Gives the bound socket the owner and mode of the runtime's, and moves it to its place in one step.
    ///
    /// - Throws: ``SocketError``.
    func putInPlace(like runtimePath: String) throws(SocketError) {
        var status = stat()
        guard stat(runtimePath, &status) == 0 else { return try putInPlace(mode: 0o660) }
        // Without the right to give a file away it stays ours, which is the stricter.
        _ = chown(temporaryPath, status.st_uid, status.st_gid)
        try putInPlace(mode: status.st_mode & 0o7777)
    }

    /// Gives the bound socket a mode, and moves it to its place in one step.
    ///
    /// - Throws: ``SocketError``.
    func putInPlace(mode: mode_t) throws(SocketError) {
        guard chmod(temporaryPath, mode) == 0 else { throw SocketError("chmod \(path)", errno) }
        if replacesLive { try keepEarlier() }
        guard rename(temporaryPath, path) == 0 else { throw SocketError("rename to \(path)", errno) }
    }

    /// Links the socket whose place is about to be taken beside it. Whether anybody listens there is not found out by a
    /// dial, which would be taken for a client.
    private func keepEarlier() throws(SocketError) {
        var status = stat()
        if lstat(earlierPath, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else {
                throw SocketError("\(earlierPath) is there and is no socket")
            }
            _ = unlink(earlierPath)
        }
        guard link(path, earlierPath) == 0 || errno == ENOENT else { throw SocketError("link \(earlierPath)", errno) }
    }

    /// Whoever listened here before has lost the place for good.
    func keep() { if replacesLive { _ = unlink(earlierPath) } }

    /// Takes the socket away, unless another one stands there by now; who listened here before and has not been told to
    /// go gets the place back.
    ///
    /// - Parameter ours: what stood there when it had been put in place.
    func leave(_ ours: (device: UInt64, inode: UInt64)) {
        guard let present = Self.identity(path), present == ours else { return }
        if !replacesLive || rename(earlierPath, path) != 0 { _ = unlink(path) }
    }

    /// The file that stands at a path, to find out later whether it is still the same.
    static func identity(_ path: String) -> (device: UInt64, inode: UInt64)? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    /// Whether anybody listens on a socket.
    static func isLive(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return true }
        defer { Glibc.close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        // Anything but a plain refusal may be somebody who is only busy.
        return result == 0 || (errno != ECONNREFUSED && errno != ENOENT)
    }
}

/// A socket that cannot be put where it should be.
public struct SocketError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is in the way.
    public let description: String

    init(_ description: String) { self.description = description }

    /// What an error of the socket library means, without the name of the call that it happened in.
    static func text(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode))
    }

    init(_ what: String, _ code: Int32) { description = "\(what): \(String(cString: strerror(code)))" }
}
