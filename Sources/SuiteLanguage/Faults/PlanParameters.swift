import CRICatalog
import FaultModel

/// The parameters of a plan and their values, put in place of `${name}` before the rules are read.
struct PlanParameters {
    private(set) var all: [FaultPlan.Parameter] = []
    private(set) var diagnostics: [Diagnostic] = []
    private var positions: [String: SourcePosition] = [:]
    private var used: Set<String> = []

    init(_ node: Node?, given: [String: String], plan: SourcePosition) {
        for entry in node?.entries ?? [] { declare(entry, given) }
        if let node, node.entries == nil {
            report("parameters is a mapping of names to default and about", at: node.position)
        }
        let names = all.map(\.name)
        for name in given.keys.sorted() where !names.contains(name) {
            let hint = Spelling.suggestion(for: name, among: names)
            let list = names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))"
            report(
                "the plan has no parameter '\(name)'\(hint.isEmpty ? "; \(list)" : hint)",
                at: node?.position ?? plan
            )
        }
    }

    private mutating func report(_ message: String, at position: SourcePosition) {
        diagnostics.append(Diagnostic(message, at: position))
    }

    private mutating func declare(_ entry: Node.Entry, _ given: [String: String]) {
        guard entry.key.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil else {
            report("a parameter's name is lower-case letters, digits and dashes", at: entry.keyPosition)
            return
        }
        guard let entries = entry.value.entries, let standard = entry.value["default"]?.scalar else {
            report("a parameter is a mapping with default and about", at: entry.value.position)
            return
        }
        for key in entries where !["default", "about"].contains(key.key) {
            let hint = Spelling.suggestion(for: key.key, among: ["default", "about"])
            report("a parameter has no key '\(key.key)'\(hint)", at: key.keyPosition)
        }
        guard let about = entry.value["about"]?.scalar, !about.isEmpty else {
            report("'\(entry.key)' needs 'about': what it stands for", at: entry.keyPosition)
            return
        }
        positions[entry.key] = entry.keyPosition
        all.append(
            FaultPlan.Parameter(entry.key, about: about, standard: standard, value: given[entry.key] ?? standard)
        )
    }

    /// The node with the values in it.
    mutating func fill(_ node: Node) -> Node {
        switch node.content {
        case .scalar(let text, let isPlain):
            guard text.contains("${") else { return node }
            return Node(.scalar(fill(text, at: node.position), isPlain: isPlain), at: node.position)
        case .sequence(let items): return Node(.sequence(items.map { fill($0) }), at: node.position)
        case .mapping(let entries):
            let filled = entries.map { entry in
                Node.Entry(
                    key: entry.key.contains("${") ? fill(entry.key, at: entry.keyPosition) : entry.key,
                    keyPosition: entry.keyPosition,
                    value: fill(entry.value)
                )
            }
            return Node(.mapping(filled), at: node.position)
        }
    }

    private mutating func fill(_ text: String, at position: SourcePosition) -> String {
        guard let parts = Interpolation.parts(text) else {
            report("a '${' without its '}' ('$${' writes a literal one)", at: position)
            return text
        }
        var result = ""
        for part in parts {
            switch part {
            case .text(let piece): result += piece
            case .reference(let name):
                guard let parameter = all.first(where: { $0.name == name }) else {
                    let hint = Spelling.suggestion(for: name, among: all.map(\.name))
                    report("the plan has no parameter '\(name)'\(hint)", at: position)
                    continue
                }
                used.insert(name)
                result += parameter.value
            }
        }
        return result
    }

    /// Reports what no rule asks for: setting it would change nothing.
    mutating func checkUse() {
        for parameter in all where !used.contains(parameter.name) {
            guard let position = positions[parameter.name] else { continue }
            report("no rule uses '${\(parameter.name)}'", at: position)
        }
    }
}
