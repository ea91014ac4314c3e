internal import Foundation

/// Takes an installation back, by its record.
public struct ProxyRemoval: Sendable {
    private let files: NodeFiles

    /// Prepares the removal from the node below a root.
    public init(root: String = "/") { files = NodeFiles(root: root) }

    /// What would be done, as a diff of every file that changes.
    ///
    /// - Throws: when nothing is installed, or it cannot be told what is.
    public func diff() throws(InstallProblem) -> String {
        let record = try record()
        var diff = ""
        if let bytes = try restored(record), let now = try files.read(record.changed) {
            diff += UnifiedDiff.text(path: record.changed, old: now.bytes, new: bytes)
        }
        for (path, _) in record.created.sorted(by: { $0.key < $1.key }) {
            if let now = try files.read(path) { diff += UnifiedDiff.text(path: path, old: now.bytes, new: nil) }
        }
        for (link, target) in record.links.sorted(by: { $0.key < $1.key }) {
            diff += "remove link \(link) -> \(target)\n"
        }
        return diff
    }

    /// Does it.
    ///
    /// - Returns: what was left because somebody has changed it since, in sentences; the record is then kept.
    /// - Throws: when nothing is installed, or something cannot be written.
    public func remove() throws(InstallProblem) -> [String] { try remove(try record()) }

    /// Which file kubelet goes by was changed.
    public func changedFile() throws(InstallProblem) -> String { try record().changed }

    private func record() throws(InstallProblem) -> InstallRecord {
        guard let record = try InstallRecord.read(files) else {
            throw InstallProblem("no proxy is installed here: there is no \(InstallRecord.path)")
        }
        return record
    }

    func remove(_ record: InstallRecord) throws(InstallProblem) -> [String] {
        var left: [String] = []
        // kubelet's own file first: without the units it would find nobody.
        if let bytes = try restored(record), var content = try files.read(record.changed) {
            content.bytes = bytes
            if bytes == record.before.bytes { content = record.before }
            try files.write(content, to: record.changed)
        }
        for (link, target) in record.links.sorted(by: { $0.key < $1.key }) where files.exists(link) {
            if files.link(link) == target {
                try files.remove(link)
            } else {
                left.append("\(link) leads somewhere else now, and was left")
            }
        }
        for (path, bytes) in record.created.sorted(by: { $0.key < $1.key }) {
            guard let now = try files.read(path) else { continue }
            if now.bytes == bytes {
                try files.remove(path)
            } else {
                left.append("\(path) was changed since, and was left")
            }
        }
        guard left.isEmpty else { return left }
        try files.remove(InstallRecord.path)
        for folder in record.folders.reversed() { files.removeIfEmpty(folder) }
        return []
    }

    /// What kubelet's file is to hold again; `nil` when nothing in it is ours any more.
    ///
    /// - Throws: when it names our socket in a way that cannot be taken back.
    private func restored(_ record: InstallRecord) throws(InstallProblem) -> Data? {
        guard let now = try files.read(record.changed) else { return nil }
        if now.bytes == record.after { return record.before.bytes }
        // Written anew by others: only the endpoint is taken back, where it is still ours.
        let listen = String(record.newEndpoint.dropFirst("unix://".count))
        guard let text = now.text, text.contains(listen) else { return nil }
        guard text.ranges(of: listen).count == 1 else {
            throw InstallProblem(
                "\(record.changed) was changed since and names \(listen) more than once; put \(record.oldEndpoint) in its place"
            )
        }
        let old = record.oldEndpoint
        let whole = "unix://\(listen)"
        if text.contains(whole) {
            return Data(text.replacing(whole, with: old.hasPrefix("unix:") ? old : "unix://\(old)").utf8)
        }
        return Data(text.replacing(listen, with: old.hasPrefix("unix://") ? String(old.dropFirst(7)) : old).utf8)
    }
}
