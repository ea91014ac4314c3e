internal import Foundation
internal import Yams

/// A KubeletConfiguration, of which one field is looked at.
struct KubeletConfigFile {
    static let key = "containerRuntimeEndpoint"

    let path: String
    let text: String
    /// The field's value and line; `nil` without the field.
    let endpoint: (value: String, line: Int)?

    /// - Throws: when it is no such document, or names the field twice.
    init(path: String, text: String) throws(InstallProblem) {
        self.path = path
        self.text = text
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch {
            throw InstallProblem("\(path) is no YAML that can be read: \(error)")
        }
        guard case .mapping(let mapping)? = node else {
            if node == nil { throw InstallProblem("\(path) is empty") }
            throw InstallProblem("\(path) is no KubeletConfiguration: its top is no mapping")
        }
        if let kind = mapping["kind"]?.string, kind != "KubeletConfiguration" {
            throw InstallProblem("\(path) is a \(kind), not a KubeletConfiguration")
        }
        let fields = mapping.filter { $0.key.string == Self.key }
        guard fields.count <= 1 else { throw InstallProblem("\(path) has \(Self.key) \(fields.count) times") }
        guard let field = fields.first else {
            endpoint = nil
            return
        }
        guard case .scalar(let scalar) = field.value, let mark = field.key.mark else {
            throw InstallProblem("\(path): \(Self.key) is no plain text")
        }
        endpoint = (scalar.string, mark.line)
    }

    /// The text with another endpoint, changed in one line only.
    ///
    /// - Throws: when the line cannot be changed so that all else stays the same.
    func text(with new: String) throws(InstallProblem) -> String {
        let changed: String
        if let endpoint {
            var lines = text.lines
            guard lines.indices.contains(endpoint.line - 1) else { throw unchangeable }
            let line = lines[endpoint.line - 1]
            guard let colon = line.firstIndex(of: ":") else { throw unchangeable }
            // `containerRuntimeEndpoint: ""` is kubelet's default, as no field at all is.
            let old = endpoint.value.isEmpty ? "\"\"" : endpoint.value
            guard let range = line.range(of: old, range: line.index(after: colon)..<line.endIndex) else {
                throw unchangeable
            }
            lines[endpoint.line - 1] = line.replacingCharacters(in: range, with: new)
            changed = lines.joined(separator: "\n")
        } else {
            changed = text + (text.unicodeScalars.last == "\n" ? "" : "\n") + "\(Self.key): \(new)\n"
        }
        return try checked(changed, new)
    }

    private var unchangeable: InstallProblem {
        InstallProblem("\(path): the line of \(Self.key) is written in a way that cannot be changed safely")
    }

    /// What stands there now must be the new endpoint, and everything else what it was.
    private func checked(_ changed: String, _ new: String) throws(InstallProblem) -> String {
        guard let after = try? Yams.compose(yaml: changed), case .mapping(var after) = after,
            let before = try? Yams.compose(yaml: text), case .mapping(var before) = before,
            after[Node(Self.key)]?.string == new
        else { throw unchangeable }
        after[Node(Self.key)] = nil
        before[Node(Self.key)] = nil
        guard after == before else { throw unchangeable }
        return changed
    }
}
