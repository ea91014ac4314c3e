public import CRICatalog

/// Where a path led.
public enum Lookup: Sendable, Hashable {
    case value(Value)
    /// The message at the end of the path was not sent.
    case absent
    /// The path leads nowhere: a message on the way was not sent, an item is not there.
    case missing(String)

    /// Whether there is something at the end of the path.
    public var isThere: Bool { if case .value = self { true } else { false } }
}

extension ValuePath {
    /// Follows the path from a value.
    ///
    /// A scalar that was not sent is its default when the message around it was; nothing is ever made up for a
    /// message that was not sent.
    public func read(from root: Value, in bindings: Bindings) -> Lookup {
        var current = root
        var walked = ""
        for (index, step) in steps.enumerated() {
            let isLast = index == steps.count - 1
            switch follow(step, from: current, walked, bindings) {
            case .value(let next): current = next
            case .absent:
                walked += Self.text(step, walked)
                return isLast ? .absent : .missing("\(walked) is not set")
            case .missing(let reason): return .missing(reason)
            }
            walked += Self.text(step, walked)
        }
        return .value(current)
    }

    private func follow(_ step: Step, from value: Value, _ walked: String, _ bindings: Bindings) -> Lookup {
        switch step {
        case .field(let name):
            if case .list(let items) = value { return collect(name, of: items, walked, bindings) }
            return field(name, of: value, walked, bindings)
        case .index(let index):
            guard case .list(let items) = value else { return .missing("\(walked) is no list") }
            let position = index < 0 ? items.count + index : index
            guard items.indices.contains(position) else {
                return .missing("\(walked) has \(items.count) \(items.count == 1 ? "item" : "items"), no [\(index)]")
            }
            return .value(items[position])
        case .key(let key):
            guard let entries = Matcher.entries(of: value) else { return .missing("\(walked) is no map") }
            guard let entry = entries[key] else { return .missing("\(walked) has no key '\(key)'") }
            return .value(entry)
        case .find(let conditions, let all):
            guard case .list(let items) = value else { return .missing("\(walked) is no list") }
            return find(conditions, all, in: items, walked, bindings)
        }
    }

    private func field(_ name: String, of value: Value, _ walked: String, _ bindings: Bindings) -> Lookup {
        switch value {
        case .record(let record):
            if let value = record[name] { return .value(value) }
            if let itself = record[Bindings.itself] { return field(name, of: itself, walked, bindings) }
            guard let descriptor = bindings.catalog.message(named: record.type)?.field(named: name) else {
                return .missing("\(walked.isEmpty ? "" : walked + " has ")no \(name)")
            }
            return Value.unset(descriptor, in: bindings.catalog).map { .value($0) } ?? .absent
        case .map(let entries):
            return entries[name].map { .value($0) } ?? .missing("\(walked) has no '\(name)'")
        default: return .missing("\(walked) has no fields")
        }
    }

    /// A path through a repeated field without brackets is the list of all; lists inside are joined.
    private func collect(_ name: String, of items: [Value], _ walked: String, _ bindings: Bindings) -> Lookup {
        var found: [Value] = []
        for (index, item) in items.enumerated() {
            switch field(name, of: item, "\(walked)[\(index)]", bindings) {
            case .value(.list(let inner)): found += inner
            case .value(let value): found.append(value)
            case .absent: return .missing("\(walked)[\(index)].\(name) is not set")
            case .missing(let reason): return .missing(reason)
            }
        }
        return .value(.list(found))
    }

    private func find(
        _ conditions: [Condition],
        _ all: Bool,
        in items: [Value],
        _ walked: String,
        _ bindings: Bindings
    ) -> Lookup {
        var wanted: [(String, String)] = []
        for condition in conditions {
            do {
                wanted.append((condition.field, ValueText.plain(try condition.value.value(in: bindings))))
            } catch {
                return .missing(error.message)
            }
        }
        let matching = items.filter { item in
            wanted.allSatisfy { name, text in
                guard case .value(let value) = field(name, of: item, "", bindings) else { return false }
                return ValueText.plain(value) == text
            }
        }
        if all { return .value(.list(matching)) }
        let what = wanted.map { "\($0)=\($1)" }.joined(separator: ",")
        guard let first = matching.first, matching.count == 1 else {
            return .missing(
                "\(matching.isEmpty ? "none" : "\(matching.count)") of the \(items.count) \(walked) match [\(what)]"
            )
        }
        return .value(first)
    }

    private static func text(_ step: Step, _ walked: String) -> String {
        switch step {
        case .field(let name): walked.isEmpty ? name : ".\(name)"
        case .index(let index): "[\(index)]"
        case .key(let key): "[\(key)]"
        case .find(let conditions, let all):
            "[\(all ? "*" : "")\(conditions.map { "\($0.field)=…" }.joined(separator: ","))]"
        }
    }
}
