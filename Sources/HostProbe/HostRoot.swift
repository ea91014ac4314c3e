import Foundation

/// Where the node's files are: `/`, or a folder that stands in for it.
public struct HostRoot: Sendable, Hashable {
    /// Files are read up to this many bytes.
    static let fileLimit = 1 << 20

    /// The folder that stands for `/`.
    public let path: String

    /// Creates a root; `/` is this machine itself.
    public init(path: String = "/") { self.path = path }

    /// A path of the node, `/proc/1/stat`, as it can be opened here.
    func path(of name: String) -> String { path == "/" ? name : path + name }

    /// The bytes of a file, at most `limit` of them.
    ///
    /// - Throws: `ProbeError`; files under `/proc` come and go, so `.notFound` is an ordinary answer.
    func bytes(_ name: String, limit: Int = fileLimit) throws(ProbeError) -> [UInt8] {
        let descriptor = open(path(of: name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ProbeError(errno: errno, path: name) }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while result.count < limit {
            let count = read(descriptor, &buffer, min(buffer.count, limit - result.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ProbeError(errno: errno, path: name) }
            if count == 0 { break }
            result += buffer[..<count]
        }
        return result
    }

    /// The text of a file; bytes that are no UTF-8 become replacement characters.
    func text(_ name: String) throws(ProbeError) -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// The names in a folder, sorted; none when it cannot be read.
    func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(of: folder))) ?? []).sorted()
    }

    /// Where a symbolic link leads.
    func link(_ name: String) throws(ProbeError) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink(path(of: name), &buffer, buffer.count)
        guard count >= 0 else { throw ProbeError(errno: errno, path: name) }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}

/// Something about the node that could not be found out.
public struct ProbeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of trouble.
    public enum Code: Sendable {
        case notFound, denied, malformed, unsupported
    }

    /// What kind of trouble it is, for programs.
    public let code: Code
    /// What is wrong, for a person.
    public let message: String
    /// The file it was about.
    public let path: String

    /// Creates an error about a file.
    public init(_ code: Code, _ message: String, path: String) {
        self.code = code
        self.message = message
        self.path = path
    }

    init(errno: Int32, path: String) {
        let code: Code =
            switch errno {
            // A process that ended while its files were read answers ESRCH.
            case ENOENT, ESRCH, ENOTDIR: .notFound
            case EACCES, EPERM: .denied
            default: .malformed
            }
        self.init(code, String(cString: strerror(errno)), path: path)
    }

    /// How messages show it.
    public var description: String { "\(path): \(message)" }
}
