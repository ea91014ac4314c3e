/// The files of one layer on their way into a tar: merged, with every parent directory, in a fixed order.
struct FileTree {
    private var files: [ImagePath: ImageFile]

    /// Merges two sets of files, the second over the first.
    init(_ defaults: [String: ImageFile], _ overrides: [String: ImageFile] = [:]) throws(ImageError) {
        files = try Self.checked(defaults).merging(Self.checked(overrides)) { _, override in override }
        // Sorted so that of several conflicts the same one is always reported.
        for path in files.keys.sorted() {
            try addParents(of: path)
        }
    }

    /// The files as tar entries, directories before what is in them.
    var entries: [TarEntry] {
        files.sorted { $0.key < $1.key }.map { path, file in
            switch file.content {
            case .regular(let bytes):
                TarEntry(path.relative, .file(.bytes(bytes)), mode: file.mode, user: file.userID, group: file.groupID)
            case .directory:
                TarEntry(path.relative, .directory, mode: file.mode, user: file.userID, group: file.groupID)
            case .symbolicLink(let target):
                TarEntry(
                    path.relative,
                    .symbolicLink(target: target),
                    mode: 0o777,
                    user: file.userID,
                    group: file.groupID
                )
            }
        }
    }

    private mutating func addParents(of path: ImagePath) throws(ImageError) {
        var next = path.parent
        while let parent = next {
            switch files[parent]?.content {
            case nil: files[parent] = .directory()
            case .directory?: break
            case .regular?, .symbolicLink?:
                throw ImageError(
                    .conflictingPaths,
                    "'/\(path.relative)' needs a directory where '/\(parent.relative)' is a file"
                )
            }
            next = parent.parent
        }
    }

    private static func checked(_ files: [String: ImageFile]) throws(ImageError) -> [ImagePath: ImageFile] {
        var result: [ImagePath: ImageFile] = [:]
        for (text, file) in files.sorted(by: { $0.key < $1.key }) {
            let path = try ImagePath(text)
            try check(file, at: path)
            guard result.updateValue(file, forKey: path) == nil else {
                throw ImageError(.conflictingPaths, "'/\(path.relative)' is given twice")
            }
        }
        return result
    }

    private static func check(_ file: ImageFile, at path: ImagePath) throws(ImageError) {
        guard file.mode <= 0o7777 else {
            throw ImageError(.invalidFile, "'/\(path.relative)' has mode 0o\(String(file.mode, radix: 8)), over 0o7777")
        }
        if case .symbolicLink(let target) = file.content,
            target.isEmpty || target.utf8.contains(0) || target.utf8.count > 4095
        {
            throw ImageError(.invalidFile, "'/\(path.relative)' links to nothing a kernel would take")
        }
    }
}
