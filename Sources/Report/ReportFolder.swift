public import Foundation
public import Outcome

/// Writes a report's files into a folder: `index.html`, `results.json`, `junit.xml`, `summary.md`.
public struct ReportFolder: Sendable {
    let path: String
    /// What a run writes into it.
    static let names = ["index.html", "results.json", "junit.xml", "summary.md"]

    /// Creates a folder; nothing is written yet.
    public init(path: String) { self.path = path }

    /// Writes all four; each stands there as a whole or as it was before.
    ///
    /// - Throws: `ReportFolderError` with the path, the cause and what to do.
    public func write(_ results: Results) throws(ReportFolderError) {
        let data: Data
        do { data = try ResultsFile.encode(results) } catch {
            throw ReportFolderError(path: path, cause: "\(error)")
        }
        try makeFolder()
        try Self.write(data, to: "\(path)/results.json")
        try draw(results)
    }

    /// Writes what people and CI systems read, and leaves `results.json` as it is.
    ///
    /// - Throws: `ReportFolderError` with the path, the cause and what to do.
    public func draw(_ results: Results) throws(ReportFolderError) {
        try makeFolder()
        let files: [(String, Data)]
        do {
            files = [
                ("junit.xml", Data(JUnitReport().render(results).utf8)),
                ("summary.md", Data(MarkdownReport().render(results).utf8)),
                ("index.html", Data(try HTMLReport().render(results).utf8)),
            ]
        } catch {
            throw ReportFolderError(path: path, cause: "\(error)")
        }
        for (name, data) in files { try Self.write(data, to: "\(path)/\(name)") }
    }

    private func makeFolder() throws(ReportFolderError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw ReportFolderError(path: path, cause: error.localizedDescription)
        }
    }

    /// Writes one file, which stands there as a whole or as it was before. What is no file, such as a pipe or
    /// `/dev/stdout`, is written to and stays what it is; a link stays a link.
    ///
    /// - Throws: `ReportFolderError` with the path, the cause and what to do.
    public static func write(_ data: Data, to file: String) throws(ReportFolderError) {
        var status = stat()
        guard stat(file, &status) == 0 else { return try replace(file, with: data) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let descriptor = open(file, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw ReportFolderError(path: file, errno: errno) }
            defer { close(descriptor) }
            let problem = fill(descriptor, with: data)
            guard problem == 0 else { throw ReportFolderError(path: file, errno: problem) }
            return
        }
        guard let resolved = realpath(file, nil) else { throw ReportFolderError(path: file, errno: errno) }
        defer { free(resolved) }
        try replace(String(cString: resolved), with: data)
    }

    private static func replace(_ file: String, with data: Data) throws(ReportFolderError) {
        let temporary = "\(file).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ReportFolderError(path: file, errno: errno) }
        var problem = fill(descriptor, with: data)
        if problem == 0, fsync(descriptor) != 0, errno != EINVAL { problem = errno }
        close(descriptor)
        if problem == 0, rename(temporary, file) != 0 { problem = errno }
        guard problem == 0 else {
            unlink(temporary)
            throw ReportFolderError(path: file, errno: problem)
        }
    }

    /// Writes all bytes; the error's number, or 0.
    private static func fill(_ descriptor: Int32, with data: Data) -> Int32 {
        var problem: Int32 = 0
        data.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty, problem == 0 {
                let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 { problem = errno == EINTR ? 0 : errno } else { rest = rest.dropFirst(count) }
            }
        }
        return problem
    }
}

/// A report that could not be written.
public struct ReportFolderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What could not be written.
    public let path: String
    /// Why, and what to do.
    public let cause: String

    init(path: String, cause: String) {
        self.path = path
        self.cause = cause
    }

    init(path: String, errno: Int32) {
        let advice =
            switch errno {
            case ENOSPC: ": free some space or name another place with --output"
            case EACCES, EPERM, EROFS: ": name a place you may write to with --output"
            default: ""
            }
        self.init(path: path, cause: String(cString: strerror(errno)) + advice)
    }

    /// How messages show it.
    public var description: String { "\(path): \(cause)" }
}
