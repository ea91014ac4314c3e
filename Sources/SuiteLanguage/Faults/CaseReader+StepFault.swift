import CRICatalog
import FaultModel

/// `fault:` of a call in a case: one fault on this one call.
extension CaseReader {
    mutating func stepFault(_ node: Node, _ rpc: RPC, _ step: Node) -> Fault? {
        let before = diagnostics.count
        if let text = node.scalar, !FaultWord.alone.contains(text) {
            let words = FaultWord.allCases.map(\.rawValue)
            let hint = Spelling.suggestion(for: text, among: words)
            report(
                text.contains("->") || text.contains("*")
                    ? "a call takes one fault; a sequence is for the rules of a plan"
                    : words.contains(text)
                        ? "the fault '\(text)' has parameters: {\(text): ...}"
                        : "there is no fault '\(text)'\(hint.isEmpty ? "; there are \(words.joined(separator: ", "))" : hint)",
                at: node.position
            )
            return nil
        }
        guard let fault = fault(written(node), for: [rpc]) else { return nil }
        checkFit(fault, [rpc], (glob: Glob(rpc.name), position: node.position), at: node.position)
        switch fault {
        case .refuse: report("'refuse' is for connections, and a call has one: 'drop' closes it", at: node.position)
        case .stale: report("a call in a case has no earlier answer to get", at: node.position)
        default: break
        }
        if fault.endsAtDeadline, step["deadline"] == nil {
            report("'\(fault.name)' lasts to the client's deadline: give the step a `deadline`", at: node.position)
        }
        return diagnostics.count == before ? fault : nil
    }

    /// `fault: hang` is `fault: {hang: null}`.
    private func written(_ node: Node) -> Node {
        guard let word = node.scalar, FaultWord.alone.contains(word) else { return node }
        let nothing = Node(.scalar("null", isPlain: true), at: node.position)
        return Node(.mapping([Node.Entry(key: word, keyPosition: node.position, value: nothing)]), at: node.position)
    }
}

extension Fault {
    /// Whether the client gets the runtime's own answer, so that what the call made is known to the case.
    var leavesAnswer: Bool {
        switch self {
        case .delay, .duplicate, .bandwidth, .bytes: true
        case .mutate(let mutate): mutate.direction == .request
        default: false
        }
    }

    /// Whether nothing but the client's deadline ends the call.
    fileprivate var endsAtDeadline: Bool {
        switch self {
        case .hang, .late, .blackhole, .loseResponse(.atDeadline): true
        case .cancel(let cancel): cancel.client == .hang
        default: false
        }
    }
}
