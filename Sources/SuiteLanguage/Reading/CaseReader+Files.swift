import CRICatalog

/// Folders on the node, and the files that they and images are given.
extension CaseReader {
    mutating func directory(_ node: Node, _ step: Node) -> Step.Action? {
        needsSameHost = true
        let files = files(step, relativeTo: "the directory")
        if let propagation = step["propagation"], propagation.scalar != "shared" {
            report("propagation: shared is the only one that can be asked for", at: propagation.position)
        }
        guard let name = newName(node) else { return nil }
        scope[name] = Scope.Name(kind: .directory, shape: Scope.directory, position: node.position)
        return .directory(DirectoryFixture(name: name, isShared: step["propagation"] != nil, files: files))
    }

    /// The `files` of a fixture.
    mutating func files(_ step: Node, relativeTo root: String) -> [(path: String, content: Template)] {
        var files: [(path: String, content: Template)] = []
        for entry in step["files"]?.entries ?? [] {
            if entry.key.hasPrefix("/") || entry.key.split(separator: "/").contains("..") || entry.key.isEmpty {
                report("a file's path is relative to \(root), such as etc/passwd", at: entry.keyPosition)
            } else if let content = template(entry.value, .bytes) {
                files.append((entry.key, content))
            }
        }
        if let files = step["files"], files.entries == nil {
            report("files is a mapping of path to content", at: files.position)
        }
        return files
    }
}
