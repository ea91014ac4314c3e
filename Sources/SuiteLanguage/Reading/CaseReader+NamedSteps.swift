import CRICatalog

/// `do: NAME`: named steps with their parameters.
extension CaseReader {
    mutating func named(_ node: Node, _ step: Node) -> (Step.Action, Shape?)? {
        guard let name = plainText(node, "a named step") else { return nil }
        guard let descriptor = NamedSteps.find(name) else {
            let known = NamedSteps.all.map(\.name)
            report(
                "there is no named step '\(name)'\(Spelling.suggestion(for: name, among: known)); there are \(known.joined(separator: ", "))",
                at: node.position
            )
            return nil
        }
        if !descriptor.looks, let again = step["eventually"] ?? step["always"] {
            report("'\(name)' acts and does not only look: it is done once", at: again.position)
        }
        if descriptor.looksAtNode { needsSameHost = true }
        let entries = step["with"]?.entries ?? []
        checkKeys(entries, known: descriptor.parameters.keys.sorted(), of: "the step '\(name)'")
        var arguments: [String: NamedStepCall.Argument] = [:]
        for (parameter, kind) in descriptor.parameters.sorted(by: { $0.key < $1.key }) {
            guard let value = step["with"]?[parameter] else {
                if descriptor.optional.contains(parameter) { continue }
                report("the step '\(name)' needs '\(parameter)' in its with", at: node.position)
                continue
            }
            switch kind {
            case .sandbox: arguments[parameter] = fixture(value, "a sandbox").map { .fixture($0) }
            case .container:
                arguments[parameter] = fixture(value, "a container").map { .fixture($0) }
                if name == "create-and-start", let bound = value.scalar { markRunning(bound, at: value.position) }
            case .value(let shape): arguments[parameter] = template(value, shape).map { .value($0) }
            case .word(let known):
                guard let word = plainText(value, parameter) else { continue }
                if known.contains(word) {
                    arguments[parameter] = .word(word)
                } else {
                    report("\(parameter) is one of \(known.joined(separator: ", ")), not '\(word)'", at: value.position)
                }
            }
        }
        return (
            .named(NamedStepCall(descriptor: descriptor, arguments: arguments)),
            .result("the result of \(name)", descriptor.result, itself: nil)
        )
    }

    private mutating func markRunning(_ name: String, at position: SourcePosition) {
        guard case .container(let state)? = scope[name]?.kind else { return }
        if state == .planned {
            scope[name]?.kind = .container(.running)
        } else {
            report("'\(name)' is made already; create-and-start takes a planned container", at: position)
        }
    }
}
