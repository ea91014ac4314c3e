import CRICatalog

extension CaseReader {
    /// Types a path; `nil` when it leads nowhere, which is then reported.
    mutating func path(_ text: String, in root: Shape, at position: SourcePosition) -> ValuePath? {
        let parts: [PathSyntax.Part]
        do { parts = try PathSyntax(text).parts } catch {
            report(error.message, at: position)
            return nil
        }
        var steps: [ValuePath.Step] = []
        var shape = root
        var isMany = false
        var index = 0
        while index < parts.count {
            switch parts[index] {
            case .name:
                if case .list(let item) = shape {
                    isMany = true
                    shape = item
                }
                guard let (step, next, used) = field(parts[index...], of: shape, in: text, at: position) else {
                    return nil
                }
                steps.append(step)
                shape = next
                index += used
            case .bracket(let inner):
                if isMany {
                    report(
                        "'\(text)': what comes through a list is one list of all, so [\(inner)] would not be of each: choose the item first, or use each, any or none",
                        at: position
                    )
                    return nil
                }
                guard let (step, next) = bracket(inner, of: shape, in: text, at: position) else { return nil }
                steps.append(step)
                shape = next
                index += 1
            }
        }
        if isMany, case .list = shape {} else if isMany { shape = .list(shape) }
        return ValuePath(text: text, steps: steps, shape: shape)
    }

    /// The longest run of names that is one field: names of ours may hold dots, `memory.max`.
    private mutating func field(
        _ parts: ArraySlice<PathSyntax.Part>,
        of shape: Shape,
        in text: String,
        at position: SourcePosition
    ) -> (ValuePath.Step, Shape, Int)? {
        var names: [String] = []
        for case .name(let name) in parts.prefix(while: { if case .name = $0 { true } else { false } }) {
            names.append(name)
        }
        if case .map = shape {
            report("'\(text)': \(shape.words) is read by key in brackets, [\(names[0])]", at: position)
            return nil
        }
        if case .anything = shape { return (.field(names.joined(separator: ".")), .anything, names.count) }
        for count in stride(from: names.count, through: 1, by: -1) {
            let candidate = names.prefix(count).joined(separator: ".")
            if let (name, next) = shape.field(named: candidate, catalog) {
                if case .record(let message, _) = shape.ownerRecord(of: candidate, catalog),
                    let since = catalog.message(named: message)?.field(named: candidate)?.since
                {
                    uses(since)
                }
                return (.field(name), next, count)
            }
        }
        guard let known = shape.fieldNames(catalog) else {
            report("'\(text)': \(shape.words) has no fields, so no '\(names[0])'", at: position)
            return nil
        }
        let hint = Spelling.suggestion(for: names[0], among: known)
        let list = hint.isEmpty ? "; it has \(known.prefix(16).joined(separator: ", "))" : hint
        report("\(shape.responseWords) has no field '\(names[0])'\(list)", at: position)
        return nil
    }

    private mutating func bracket(
        _ inner: String,
        of shape: Shape,
        in text: String,
        at position: SourcePosition
    ) -> (ValuePath.Step, Shape)? {
        switch shape {
        case .map(let item):
            guard !inner.isEmpty else {
                report("'\(text)': an empty key", at: position)
                return nil
            }
            return (.key(inner), item)
        case .list(let item):
            if Scalar.isInteger(inner), let index = Int(inner) { return (.index(index), item) }
            let all = inner.hasPrefix("*")
            var conditions: [ValuePath.Condition] = []
            for condition in inner.drop(while: { $0 == "*" }).split(separator: ",", omittingEmptySubsequences: false) {
                let pair = condition.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard pair.count == 2, !pair[0].isEmpty else {
                    report("'\(text)': [\(inner)] is neither a position nor field=value", at: position)
                    return nil
                }
                // The field as answers have it, whichever spelling was written.
                guard
                    case (.field(let name), let found, _)? = field(
                        [.name(String(pair[0]))],
                        of: item,
                        in: text,
                        at: position
                    ),
                    let value = conditionValue(String(pair[1]), found, at: position)
                else { return nil }
                conditions.append(ValuePath.Condition(field: name, value: value))
            }
            return (.find(conditions, all: all), all ? .list(item) : item)
        case .anything: return (Int(inner).map { .index($0) } ?? .key(inner), .anything)
        default:
            report("'\(text)': [\(inner)] on \(shape.words), which is no list and no map", at: position)
            return nil
        }
    }

    private mutating func conditionValue(_ text: String, _ shape: Shape, at position: SourcePosition) -> Template? {
        if case .enumeration = shape, !text.contains("${") {
            return template(Node(.scalar(text, isPlain: false), at: position), shape)
        }
        return template(Node(.scalar(text, isPlain: false), at: position), .text)
    }
}

extension Shape {
    /// The message a field of this name belongs to.
    fileprivate func ownerRecord(of name: String, _ catalog: Catalog) -> Shape? {
        switch self {
        case .record: self
        case .result(_, let fields, .some(let itself)) where fields[name] == nil: itself
        default: nil
        }
    }

    /// The name for messages: of a call's result that of its response, which is what the author meant.
    fileprivate var responseWords: String {
        if case .result(_, _, .some(.record(let name, _))) = self { name } else { words }
    }
}
