import CRICatalog

/// What goes on while later steps are done: `background`, and what ends it or looks at it.
extension CaseReader {
    /// A call or block with `background: NAME`.
    mutating func start(
        _ node: Node,
        _ nameNode: Node,
        _ action: Step.Action,
        _ result: Shape?,
        number: Int,
        at position: SourcePosition
    ) -> Step? {
        for key in ["expect", "save", "record", "eventually", "always", "every"] {
            if case .block = action, key == "every" { continue }
            if let modifier = node[key] {
                report("'\(key)' goes to the await of what is in the background", at: modifier.position)
            }
        }
        let work: Scope.Work
        switch action {
        case .call(let call) where call.stream != nil: work = .session
        case .call(let call): work = call.rpc.kind == .serverStream ? .stream : .call
        default: work = .block
        }
        guard let result, let name = newName(nameNode) else { return nil }
        scope[name] = Scope.Name(
            kind: .background(work),
            shape: result,
            position: nameNode.position,
            isUsed: work == .stream
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
                "nothing called '\(name)' is in the background here\(Spelling.suggestion(for: name, among: known))",
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
        case .saved, .gathered, .background(.stream), .background(.session):
            scope.use(name)
            return scope[name].map { (name, $0.shape) }
        case .background:
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

    /// Everything in the background must come to an end that the case, or the block that began it, waits for.
    mutating func checkBackgrounds(since outer: Scope? = nil) {
        for (name, bound) in scope.names.sorted(by: { $0.key < $1.key }) where !bound.isUsed && outer?[name] == nil {
            if case .background = bound.kind {
                report("'\(name)' in the background is never awaited", at: bound.position)
            }
        }
    }
}
