import CRICatalog
import FaultModel

/// Changes of messages, `{set: status.conditions[type=NetworkReady].status, to: false}`.
extension CaseReader {
    /// Reads a list of changes, each typed by the first of the messages that has its path.
    mutating func edits(_ node: Node, _ direction: Direction, for rpcs: [RPC]) -> [Mutation]? {
        guard let items = node.items, !items.isEmpty else {
            report("changes are a list, [{clear: status.network}]", at: node.position)
            return nil
        }
        var messages: [String] = []
        for rpc in rpcs {
            let message = direction == .request ? rpc.request : rpc.response
            if !messages.contains(message) { messages.append(message) }
        }
        guard !messages.isEmpty else {
            report(
                "the match means no RPC of the CRI, so there is no message to change: name a method",
                at: node.position
            )
            return nil
        }
        let mutations = items.map { edit($0, messages) }
        return mutations.contains { $0 == nil } ? nil : mutations.compactMap { $0 }
    }

    private mutating func edit(_ node: Node, _ messages: [String]) -> Mutation? {
        let words = EditWord.allCases.map(\.rawValue)
        guard let entries = node.entries,
            let entry = entries.first(where: { EditWord(rawValue: $0.key) != nil }),
            let word = EditWord(rawValue: entry.key)
        else {
            let key = node.entries?.first
            let hint = key.map { Spelling.suggestion(for: $0.key, among: words) } ?? ""
            report(
                "a change is one of \(words.joined(separator: ", ")) with its path\(hint)",
                at: key?.keyPosition ?? node.position
            )
            return nil
        }
        let before = diagnostics.count
        checkKeys(
            entries,
            known: [word.rawValue] + (word.operand.map { [$0] } ?? []),
            of: "a change by '\(word.rawValue)'"
        )
        guard diagnostics.count == before, let path = plainText(entry.value, "a path") else { return nil }
        let operand = word.operand.flatMap { node[$0] }
        if let name = word.operand, operand == nil {
            report("'\(word.rawValue)' needs '\(name)'", at: entry.keyPosition)
            return nil
        }
        if path == EditWord.wholeMessage {
            guard word == .pad else {
                report("only pad is about a whole message", at: entry.value.position)
                return nil
            }
            return operand.flatMap { padding($0) }.map { Mutation("", .pad($0)) }
        }
        guard let (message, target) = target(of: path, messages, at: entry.value.position),
            let operation = operation(word, operand, target)
        else { return nil }
        let mutation = Mutation(path, operation)
        do { try mutation.check(in: message, catalog: catalog) } catch {
            report(error.description, at: entry.value.position)
            return nil
        }
        return mutation
    }

    /// The first message that has the path, and what the path ends at.
    private mutating func target(
        of path: String,
        _ messages: [String],
        at position: SourcePosition
    ) -> (message: String, FieldPattern)? {
        var problem: String?
        for message in messages {
            do { return (message, try FieldPattern(path, in: message, catalog: catalog)) } catch {
                problem = problem ?? error.description
            }
        }
        report(problem ?? "no message has the path '\(path)'", at: position)
        return nil
    }

    private mutating func operation(_ word: EditWord, _ operand: Node?, _ target: FieldPattern) -> Mutation.Operation? {
        switch (word, operand) {
        case (.clear, _): return .clear
        case (.drop, _): return .drop
        case (.filter, _): return .filter
        case (.set, let node?):
            if node.isNull {
                report("null is no value: 'clear' takes a field out", at: node.position)
                return nil
            }
            return value(node, target.valueShape).map { .set($0) }
        case (.add, let node?): return value(node, target.itemShape).map { .add($0) }
        case (.scale, let node?):
            guard let text = node.scalar, let factor = Double(text), factor.isFinite else {
                report("'by' is a number such as 1000 or 0.5", at: node.position)
                return nil
            }
            return .scale(factor)
        case (.swap, let node?): return plainText(node, "a path").map { .swap($0) }
        case (.repeat, let node?): return count(node, "times", in: 2...10_000).map { .repeat($0) }
        case (.pad, let node?): return padding(node).map { .pad($0) }
        case (_, nil): return nil
        }
    }

    private mutating func padding(_ node: Node) -> Int? {
        guard let size = positiveSize(node, "bytes") else { return nil }
        guard size <= Mutation.growthLimit else {
            report("a message grows by up to \(Mutation.growthLimit >> 20)MiB", at: node.position)
            return nil
        }
        return size
    }

    /// Enums stay names: the same path may lead to another enum in another message.
    private mutating func value(_ node: Node, _ shape: Shape) -> Value? {
        guard let value = constant(node, shape) else { return nil }
        if case .enumeration(let member) = value, let name = member.name { return .text(name) }
        return value
    }
}

extension FieldPattern {
    /// What `set` puts there.
    fileprivate var valueShape: Shape {
        let one = Shape(field.type, unit: unit)
        guard isItem else { return field.isRepeated ? .list(one) : one }
        if case .map(let item) = one { return item }
        return one
    }

    /// What `add` puts there: an item of a list, else a number.
    fileprivate var itemShape: Shape {
        if case .list(let item) = valueShape { return item }
        return valueShape
    }
}
