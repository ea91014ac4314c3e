import CRICatalog

/// Calls that go on while later steps are done: `background`, and what ends or looks at them.
extension CaseReader {
    /// A call with `background: NAME`.
    mutating func start(
        _ node: Node,
        _ nameNode: Node,
        _ action: Step.Action,
        _ result: Shape?,
        number: Int,
        at position: SourcePosition
    ) -> Step? {
        for key in ["expect", "save", "record", "eventually", "always", "every"] {
            if let modifier = node[key] {
                report("'\(key)' goes to the await of a call in the background", at: modifier.position)
            }
        }
        guard case .call(let call) = action, let result, let name = newName(nameNode) else { return nil }
        let isStream = call.rpc.kind == .serverStream
        scope[name] = Scope.Name(
            kind: .background(isStream: isStream),
            shape: result,
            position: nameNode.position,
            isUsed: isStream
        )
        return Step(
            number: number,
            action: action,
            expectations: [],
            save: nil,
            repetition: .once,
            background: name,
            recorded: [],
            position: position
        )
    }

    /// The call an `await` or `cancel` names.
    mutating func background(_ node: Node, ends: Bool) -> (String, Shape)? {
        guard let name = plainText(node, "the name of a call in the background") else { return nil }
        guard let bound = scope[name], case .background = bound.kind else {
            let known = scope.names.filter { if case .background = $0.value.kind { true } else { false } }.keys.sorted()
            report(
                "no call called '\(name)' is in the background here\(Spelling.suggestion(for: name, among: known))",
                at: node.position
            )
            return nil
        }
        if ends { scope.use(name) }
        return (name, bound.shape)
    }

    /// What a `check` looks at: a saved value, or a stream in the background.
    mutating func checked(_ node: Node) -> (String, Shape)? {
        guard let name = plainText(node, "the name of a saved value or a stream") else { return nil }
        switch scope[name]?.kind {
        case .saved, .background(isStream: true):
            scope.use(name)
            return scope[name].map { (name, $0.shape) }
        case .background(isStream: false):
            report("'\(name)' has no result before its await", at: node.position)
        default:
            let known = scope.names.filter { $0.value.kind == .saved }.keys.sorted()
            report(
                "nothing called '\(name)' was saved here\(Spelling.suggestion(for: name, among: known))",
                at: node.position
            )
        }
        return nil
    }

    /// Every call in the background must come to an end that the case waits for.
    mutating func checkBackgrounds() {
        for (name, bound) in scope.names.sorted(by: { $0.key < $1.key }) where !bound.isUsed {
            if case .background = bound.kind {
                report("the call '\(name)' in the background is never awaited", at: bound.position)
            }
        }
    }
}

extension Step.Action {
    /// Whether its result is that of a call, which is expected to be OK unless the case says otherwise.
    public var isCall: Bool {
        switch self {
        case .call, .await: true
        default: false
        }
    }
}
