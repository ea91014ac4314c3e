internal import Foundation

/// What an installation changed, so that it can be taken back byte by byte.
struct InstallRecord: Codable, Hashable {
    static let schema = "crisol.proxy-install/1"
    static let path = "/var/lib/crisol/proxy-install.json"

    var schema = InstallRecord.schema
    /// The file kubelet goes by.
    let changed: String
    let before: NodeFiles.Content
    let after: Data
    /// How the endpoint is written in it.
    let form: String
    /// What stood there, and what stands there now.
    let oldEndpoint: String
    let newEndpoint: String
    /// Files that were made, with what is in them.
    let created: [String: Data]
    /// Links that were made, and where they lead.
    let links: [String: String]
    /// Folders that were made, the outermost first.
    var folders: [String] = []
    /// The unit that starts kubelet; records of earlier versions do not say.
    var unit: String?

    /// The unit that starts kubelet. An earlier version's record has it in the unit that was made to start before it.
    var kubelet: String {
        if let unit { return unit }
        let path = "\(ProxyUnits.folder)/\(ProxyUnits.socketName)"
        let socket = UnitFile(path: path, text: String(decoding: created[path] ?? Data(), as: UTF8.self))
        return socket.entries.first { $0.key == "Before" }?.value ?? "kubelet.service"
    }

    static func read(_ files: NodeFiles) throws(InstallProblem) -> InstallRecord? {
        guard let content = try files.read(path) else { return nil }
        do {
            let record = try JSONDecoder().decode(InstallRecord.self, from: content.bytes)
            guard record.schema == schema else {
                throw InstallProblem("\(path) is of kind '\(record.schema)'; this crisol reads '\(schema)'")
            }
            return record
        } catch let problem as InstallProblem {
            throw problem
        } catch {
            throw InstallProblem("\(path) is no record of an installation: \(error.localizedDescription)")
        }
    }

    func write(_ files: NodeFiles) throws(InstallProblem) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { throw InstallProblem("\(Self.path) cannot be written") }
        let content = NodeFiles.Content(
            bytes: data + Data("\n".utf8),
            mode: 0o600,
            owner: UInt32(getuid()),
            group: UInt32(getgid())
        )
        try files.write(content, to: Self.path)
    }
}
