internal import Foundation

/// Takes an installation back, by its record. As long as kubelet may still be told the proxy's socket, nothing is: it
/// would find nobody there.
public struct ProxyRemoval: Sendable {
    /// What a removal came to.
    public struct Removed: Sendable, Hashable {
        /// What was left because somebody has changed it since, in sentences; the record is then kept.
        public let left: [String]
        /// How the file stands now that the installation had changed, in a sentence without its end.
        public let file: String
        /// The unit that starts kubelet.
        public let unit: String
    }

    private let files: NodeFiles

    /// Prepares the removal from the node below a root.
    public init(root: String = "/") { files = NodeFiles(root: root) }

    /// What would be done, as a diff of every file that changes.
    ///
    /// - Throws: what ``remove()`` does.
    public func diff() throws(InstallProblem) -> String {
        let record = try record()
        try checkPlaces(record)
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
    /// - Throws: when nothing is installed, when a place that would stay names the proxy's socket or it cannot be told
    ///   whether one does, or when something cannot be written.
    public func remove() throws(InstallProblem) -> Removed {
        let record = try record()
        try checkPlaces(record)
        return try takeBack(record)
    }

    private func record() throws(InstallProblem) -> InstallRecord {
        guard let record = try InstallRecord.read(files) else {
            throw InstallProblem("no proxy is installed here: there is no \(InstallRecord.path)")
        }
        return record
    }

    /// Makes sure that no place but the one that is put back names the proxy's socket. An upgrade by kubeadm, for one,
    /// moves it from one file into two others, of which only a person knows what they are to say.
    private func checkPlaces(_ record: InstallRecord) throws(InstallProblem) {
        let isPutBack = try restored(record) != nil
        let places: [EndpointPlace]
        do { places = try EndpointSearch(root: files.root, unit: record.kubelet).places() } catch {
            let made = record.links.keys.sorted() + record.created.keys.sorted() + [InstallRecord.path]
            throw InstallProblem(
                "it cannot be told whether kubelet still goes by \(record.newEndpoint), so nothing was removed",
                error.lines + [
                    "before the installation \(record.changed) named \(record.oldEndpoint)",
                    "put that right and run this again; if no kubelet goes by it any more, these can be removed by hand:",
                    made.joined(separator: " "),
                ]
            )
        }
        let ours = EndpointPlace.socket(record.newEndpoint)
        let naming = places.filter { $0.socket == ours && !(isPutBack && $0.path == record.changed) }
        guard naming.isEmpty else {
            let old = record.oldEndpoint.hasPrefix("unix:") ? record.oldEndpoint : "unix://\(record.oldEndpoint)"
            throw InstallProblem(
                "\(record.newEndpoint) is named where the installation did not put it, so nothing was removed",
                naming.map(\.text) + ["write \(old) there, and run this again"]
            )
        }
    }

    /// Takes back what a record says, wherever else the proxy's socket may be named.
    func takeBack(_ record: InstallRecord) throws(InstallProblem) -> Removed {
        var left: [String] = []
        // kubelet's own file first: without the units it would find nobody.
        let restored = try restored(record)
        if let bytes = restored, var content = try files.read(record.changed) {
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
        let file = try sentence(record, isRestored: restored != nil)
        guard left.isEmpty else { return Removed(left: left, file: file, unit: record.kubelet) }
        try files.remove(InstallRecord.path)
        for folder in record.folders.reversed() { files.removeIfEmpty(folder) }
        return Removed(left: [], file: file, unit: record.kubelet)
    }

    /// How the file stands now that was changed.
    private func sentence(_ record: InstallRecord, isRestored: Bool) throws(InstallProblem) -> String {
        guard let now = try files.read(record.changed) else { return "\(record.changed) is not there any more" }
        if now.bytes == record.before.bytes { return "\(record.changed) is as it was" }
        return isRestored
            ? "\(record.changed) names \(record.oldEndpoint) again, and keeps what else was changed in it"
            : "\(record.changed) named the proxy no more, and was left as it is"
    }

    /// What kubelet's file is to hold again; `nil` when nothing in it is ours any more.
    ///
    /// - Throws: when it names our socket in a way that cannot be taken back.
    private func restored(_ record: InstallRecord) throws(InstallProblem) -> Data? {
        guard let now = try files.read(record.changed) else { return nil }
        if now.bytes == record.after { return record.before.bytes }
        // Written anew by others: only the endpoint is taken back, where it is still ours.
        let listen = String(record.newEndpoint.dropFirst("unix://".count))
        guard var text = now.text else { return nil }
        let ranges = text.ranges(of: listen).filter { Self.isWhole($0, text) }
        guard let range = ranges.first else { return nil }
        guard ranges.count == 1 else {
            throw InstallProblem(
                "\(record.changed) was changed since and names \(listen) more than once; put \(record.oldEndpoint) in its place"
            )
        }
        let old = record.oldEndpoint
        if text[..<range.lowerBound].hasSuffix("unix://") {
            let whole = text.index(range.lowerBound, offsetBy: -"unix://".count)..<range.upperBound
            text.replaceSubrange(whole, with: old.hasPrefix("unix:") ? old : "unix://\(old)")
        } else {
            text.replaceSubrange(range, with: old.hasPrefix("unix://") ? String(old.dropFirst(7)) : old)
        }
        return Data(text.utf8)
    }

    /// Whether a path stands there, and not a part of a longer one: `/var/run/crisol/cri.sock` is put back by nobody.
    private static func isWhole(_ range: Range<String.Index>, _ text: String) -> Bool {
        func isPart(_ character: Character?) -> Bool {
            character.map { $0.isLetter || $0.isNumber || "/._-".contains($0) } ?? false
        }
        let before = text[..<range.lowerBound]
        return !isPart(text[range.upperBound...].first) && (before.hasSuffix("unix://") || !isPart(before.last))
    }
}
