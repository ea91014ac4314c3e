internal import Foundation

/// The files of a node, which may be mounted somewhere. Only plain files are read and written: a link may lead out of
/// the mounted root, and what it leads to belongs to somebody else.
struct NodeFiles: Sendable {
    /// What a file holds, and whose it is.
    struct Content: Sendable, Hashable, Codable {
        var bytes: Data
        var mode: UInt32
        var owner: UInt32
        var group: UInt32

        var text: String? { String(validating: bytes, as: UTF8.self) }
    }

    /// No configuration of a node is larger.
    static let sizeLimit = 1 << 20

    /// The folder that stands for `/`.
    let root: String

    init(root: String) {
        var root = root
        while root.count > 1, root.last == "/" { root.removeLast() }
        self.root = root
    }

    /// Where a path of the node can be opened here.
    func place(_ path: String) -> String { root == "/" ? path : root + path }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(place(path), &status) == 0
    }

    /// A plain file; `nil` when there is nothing of that name.
    ///
    /// - Throws: what else is there, or why it cannot be read.
    func read(_ path: String) throws(InstallProblem) -> Content? {
        var status = stat()
        guard lstat(place(path), &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw InstallProblem("\(path): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw InstallProblem("\(path) is no plain file: it is not read, and not written through")
        }
        guard Int(status.st_size) <= Self.sizeLimit else {
            throw InstallProblem("\(path) is larger than \(Self.sizeLimit >> 20) MiB")
        }
        guard let bytes = FileManager.default.contents(atPath: place(path)) else {
            throw InstallProblem("\(path) cannot be read")
        }
        return Content(bytes: bytes, mode: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid)
    }

    /// A plain file's text; `nil` when there is nothing of that name.
    func text(_ path: String) throws(InstallProblem) -> String? {
        guard let content = try read(path) else { return nil }
        guard let text = content.text else { throw InstallProblem("\(path) is no text in UTF-8") }
        return text
    }

    /// The names in a folder that end so, in order; none when there is no such folder.
    func names(in folder: String, endingWith suffix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place(folder))) ?? []
        return names.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }.sorted()
    }

    /// The files in a folder and all below it that end so, in the order in which kubelet reads those of its
    /// `--config-dir` (Go's filepath.WalkDir): by the bytes of their names, hidden ones too, and a folder where its own
    /// name stands. Links are named like files; they are not followed.
    ///
    /// - Throws: when it, or one below it, is no folder that can be read.
    func walk(_ folder: String, endingWith suffix: String) throws(InstallProblem) -> [String] {
        guard isFolder(folder), let names = try? FileManager.default.contentsOfDirectory(atPath: place(folder)) else {
            throw InstallProblem("\(folder) is no folder that can be read")
        }
        var found: [String] = []
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let path = folder.hasSuffix("/") ? "\(folder)\(name)" : "\(folder)/\(name)"
            if isFolder(path) {
                found += try walk(path, endingWith: suffix)
            } else if name.hasSuffix(suffix) {
                found.append(path)
            }
        }
        return found
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(place(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Puts a file in place whole, with its mode and owner; on disk when this returns.
    func write(_ content: Content, to path: String) throws(InstallProblem) {
        let target = place(path)
        let temporary = "\(target).crisol-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw InstallProblem("\(path): \(String(cString: strerror(errno)))") }
        var problem: Int32 = 0
        content.bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty, problem == 0 {
                let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 { problem = errno == EINTR ? 0 : errno } else { rest = rest.dropFirst(count) }
            }
        }
        if problem == 0, fchmod(descriptor, content.mode) != 0 { problem = errno }
        if problem == 0, fchown(descriptor, content.owner, content.group) != 0, errno != EPERM { problem = errno }
        if problem == 0, fsync(descriptor) != 0 { problem = errno }
        close(descriptor)
        if problem == 0, rename(temporary, target) != 0 { problem = errno }
        guard problem == 0 else {
            unlink(temporary)
            throw InstallProblem("\(path): \(String(cString: strerror(problem)))")
        }
    }

    /// Makes a folder and those above it. Returns those that were made, the outermost first.
    func makeFolder(_ path: String) throws(InstallProblem) -> [String] {
        guard !exists(path), path.count > 1 else { return [] }
        let above = (path as NSString).deletingLastPathComponent
        var made = above.isEmpty ? [] : try makeFolder(above)
        guard mkdir(place(path), 0o755) == 0 else {
            throw InstallProblem("\(path): \(String(cString: strerror(errno)))")
        }
        made.append(path)
        return made
    }

    func makeLink(_ path: String, to target: String) throws(InstallProblem) {
        guard symlink(target, place(path)) == 0 else {
            throw InstallProblem("\(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Where a symbolic link leads; `nil` when there is none.
    func link(_ path: String) -> String? { try? FileManager.default.destinationOfSymbolicLink(atPath: place(path)) }

    /// Removes a file or a link. What is not there needs not be removed.
    func remove(_ path: String) throws(InstallProblem) {
        guard unlink(place(path)) == 0 || errno == ENOENT else {
            throw InstallProblem("\(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Removes a folder if it is empty.
    func removeIfEmpty(_ path: String) { _ = rmdir(place(path)) }
}
