import CRICatalog

/// Steps done several times: `repeat` and `parallel`.
extension CaseReader {
    /// Blocks may stand in blocks, but so many rounds in all are no case any more.
    private static let roundLimit = 100_000
    private static let widthLimit = 256

    mutating func block(_ kind: StepKind, _ value: Node, _ node: Node) -> (Step.Action, Shape?)? {
        guard let count = rounds(value, kind.rawValue, limit: kind == .repeat ? Self.roundLimit : Self.widthLimit)
        else {
            return nil
        }
        let width: Int
        switch (kind, node["parallel"]) {
        case (.parallel, _): width = count
        case (_, .some(let written)):
            guard let number = rounds(written, "parallel", limit: Self.widthLimit) else { return nil }
            width = min(number, count)
        default: width = 1
        }
        let every = kind == .repeat ? node["every"].flatMap { duration($0, "every") } : nil
        guard let inner = node["steps"] else {
            report("a \(kind.rawValue) step needs steps", at: node.position)
            return nil
        }
        let outer = scope
        scope[Scope.round] = Scope.Name(
            kind: .builtIn,
            shape: .integer(nil),
            position: value.position,
            isUsed: true
        )
        let steps = steps(inner)
        checkBackgrounds(since: outer)
        let gathered = leave(outer)
        guard !steps.isEmpty else { return nil }
        return (
            .block(BlockStep(count: count, width: width, every: every, steps: steps)),
            .result("the block", gathered, itself: nil)
        )
    }

    private mutating func rounds(_ node: Node, _ what: String, limit: Int) -> Int? {
        if let text = node.scalar, Scalar.isInteger(text), let number = Int(text), (1...limit).contains(number) {
            return number
        }
        report("\(what) is a number from 1 to \(limit)", at: node.position)
        return nil
    }

    /// Leaves the block: what it bound is a list outside, one item per round; what it did to fixtures of outside stays.
    private mutating func leave(_ outer: Scope) -> [String: Shape] {
        let inner = scope
        scope = outer
        var gathered: [String: Shape] = [:]
        for (name, bound) in inner.names.sorted(by: { $0.key < $1.key }) where name != Scope.round {
            if let before = outer[name] {
                scope.replace(name, with: bound, keeping: before)
                continue
            }
            if case .background = bound.kind { continue }
            let shape = Shape.list(bound.shape)
            gathered[name] = shape
            scope[name] = Scope.Name(
                kind: bound.kind == .saved ? .saved : .gathered,
                shape: shape,
                position: bound.position,
                isUsed: bound.isUsed
            )
        }
        return gathered
    }
}
