import Foundation

extension ReportFolder {
    /// Finds out before a run what would keep its report from being written after it. Nothing of the attempt stays.
    ///
    /// - Parameter file: another file that is to be written and is not there yet; it may be in the report's folder.
    /// - Throws: `ReportFolderError` with the path, the cause and what to do.
    public func check(beside file: String? = nil) throws(ReportFolderError) {
        guard !path.isEmpty else { throw ReportFolderError(path: "--output", cause: "it names no folder") }
        var made: [String] = []
        // A folder that somebody else has put something into by now stays.
        defer { for folder in made.reversed() { rmdir(folder) } }
        for folder in try missingFolders() {
            if mkdir(folder, 0o755) == 0 {
                made.append(folder)
            } else if errno != EEXIST {
                throw ReportFolderError(path: path, errno: errno)
            }
        }
        let probe = "\(path)/.crisol-\(getpid())"
        let problem = Self.attempt(probe)
        guard problem == 0 else { throw ReportFolderError(path: path, errno: problem) }
        guard let file else { return }
        switch Self.attempt(file) {
        case 0: return
        case ENOENT: throw ReportFolderError(path: file, cause: "its folder is not there")
        case let problem: throw ReportFolderError(path: file, cause: String(cString: strerror(problem)))
        }
    }

    /// Takes an earlier run's report away: who looks for this run's must not find that one, whatever becomes of the run.
    /// A link stays, and what it leads to is emptied; what is neither file nor link to one stays as it is.
    public func clear() {
        for name in Self.names {
            let file = "\(path)/\(name)"
            var status = stat()
            guard lstat(file, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFREG {
                unlink(file)
            } else if status.st_mode & S_IFMT == S_IFLNK, stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                truncate(file, 0)
            }
        }
    }

    /// The folders on the way to this one that are not there, the outermost first.
    private func missingFolders() throws(ReportFolderError) -> [String] {
        var missing: [String] = []
        var place = path
        var status = stat()
        while stat(place.isEmpty ? "." : place, &status) != 0 {
            missing.append(place)
            let outer = Self.folder(of: place)
            guard outer != place else { break }
            place = outer
        }
        guard missing.last != place, status.st_mode & S_IFMT == S_IFDIR else {
            let what = place == path ? "it is no folder" : "\(place) is no folder"
            throw ReportFolderError(path: path, cause: "\(what): name another place with --output")
        }
        return missing.reversed()
    }

    /// The folder that a path lies in; empty for a name alone. Foundation's own traps on a name of one character.
    public static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes a file and takes it away again; the error's number, or 0.
    private static func attempt(_ file: String) -> Int32 {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return errno }
        close(descriptor)
        unlink(file)
        return 0
    }
}
