import CRICatalog

/// Invariants: `watch`, with `when`, `per` and `expect`.
extension CaseReader {
    private static let everyRPC = "every-rpc"

    /// A rule for each RPC that is watched: the same expectations, typed by each one's answer.
    mutating func rules(_ node: Node, _ item: Node) -> [WatchRule] {
        let names = plainTexts(node, "watch")
        if node.items?.isEmpty ?? false {
            report("watch names RPCs, or every-rpc alone; there is none here", at: node.position)
        }
        guard let expect = item["expect"] else {
            report("an invariant needs an expect", at: node.position)
            return []
        }
        guard names != [Self.everyRPC] else {
            return rule(nil, Scope.resultOfAnyCall, expect, item).map { [$0] } ?? []
        }
        return names.compactMap { name -> WatchRule? in
            guard let rpc = catalog.rpc(named: name) else {
                let known = catalog.rpcs.map(\.name) + [Self.everyRPC]
                report(
                    "watch names RPCs, or every-rpc alone; there is no '\(name)'\(Spelling.suggestion(for: name, among: known))",
                    at: node.position
                )
                return nil
            }
            return rule(rpc, Scope.result(of: rpc), expect, item)
        }
    }

    private mutating func rule(_ rpc: RPC?, _ shape: Shape, _ expect: Node, _ item: Node) -> WatchRule? {
        let before = diagnostics.count
        let position = expect.position
        let key = item["per"].flatMap { node in
            plainText(node, "per").flatMap { path($0, in: shape, at: node.position) }
        }
        scope["answer"] = Scope.Name(kind: .builtIn, shape: shape, position: position, isUsed: true)
        if key != nil {
            scope[Scope.previous] = Scope.Name(kind: .builtIn, shape: shape, position: position, isUsed: true)
        }
        defer {
            scope["answer"] = nil
            scope[Scope.previous] = nil
        }
        var when = item["when"].map { expectations($0, in: shape) } ?? []
        if item["when"] == nil, let code = path("code", in: shape, at: position) {
            when = [Expectation(path: code, matcher: .equals(.constant(.text("OK"))), position: position)]
        }
        let expected = expectations(expect, in: shape)
        guard diagnostics.count == before, !expected.isEmpty else { return nil }
        return WatchRule(rpc: rpc, when: when, expectations: expected, key: key)
    }
}
