import CRICatalog

extension CaseReader {
    /// Reads an `expect` mapping.
    mutating func expectations(_ node: Node, in shape: Shape) -> [Expectation] {
        guard let entries = node.entries else {
            report("expect is a mapping of path to matcher", at: node.position)
            return []
        }
        if entries.isEmpty { report("an empty expect judges nothing", at: node.position) }
        var result: [Expectation] = []
        for entry in entries {
            guard let path = path(entry.key, in: shape, at: entry.keyPosition),
                let matcher = matcher(entry.value, path.shape)
            else { continue }
            result.append(Expectation(path: path, matcher: matcher, position: entry.keyPosition))
        }
        return result
    }

    /// Reads the right-hand side of an expectation.
    mutating func matcher(_ node: Node, _ shape: Shape) -> Matcher? {
        guard let entries = node.entries else {
            if node.isNull {
                report("nothing to compare with; write {present: false} for what must not be set", at: node.position)
                return nil
            }
            if shape == .code, node.scalar == StatusCodeNames.refused { return .refused }
            return template(node, shape).map { .equals($0) }
        }
        guard !entries.isEmpty else {
            report("an empty mapping holds no matcher; {equals: {}} compares with an empty message", at: node.position)
            return nil
        }
        let matchers = entries.map { matcher($0, shape) }
        let good = matchers.compactMap { $0 }
        guard good.count == entries.count else { return nil }
        return good.count == 1 ? good[0] : .all(good)
    }

    /// The keywords that stand before matchers.
    static let keywords = [
        "equals", "not", "in", "present", "above", "below", "at-least", "at-most", "between", "about", "change",
        "starts-with", "contains", "matches", "class", "size", "sha256-of", "count", "any", "one", "none", "each",
        "includes", "same-items", "ascending", "unique", "consecutive",
    ]

    private mutating func matcher(_ entry: Node.Entry, _ shape: Shape) -> Matcher? {
        let node = entry.value
        func misfit(_ wanted: String) -> String { "'\(entry.key)' is for \(wanted), this is \(shape.words)" }
        switch entry.key {
        case "equals":
            if shape == .code, node.scalar == StatusCodeNames.refused { return .refused }
            return template(node, shape).map { .equals($0) }
        case "not":
            if shape == .code, node.scalar == "OK" {
                report(
                    "{not: OK} would be satisfied by a crash or a hang: write 'refused' or the codes",
                    at: node.position
                )
                return nil
            }
            guard let inner = matcher(node, shape) else { return nil }
            // A case may have a reason to take the one of them.
            if shape == .code,
                !["UNAVAILABLE", "DEADLINE_EXCEEDED"].contains(where: {
                    inner.accepts(.text($0), as: shape, Bindings(catalog: catalog))
                })
            {
                report(
                    "this would be satisfied by a crash or a hang: write 'refused' or the codes",
                    at: node.position
                )
                return nil
            }
            return .not(inner)
        case "in":
            guard let items = node.items, !items.isEmpty else {
                report("'in' takes a list of values", at: node.position)
                return nil
            }
            let matchers = items.compactMap { matcher($0, shape) }
            return matchers.count == items.count ? .anyOf(matchers) : nil
        case "present": return present(node, shape)
        case "above", "below", "at-least", "at-most", "between", "about", "change":
            guard shape.isOrdered else {
                report(misfit("numbers, durations and sizes"), at: entry.keyPosition)
                return nil
            }
            return ordered(entry, shape)
        case "starts-with", "contains", "matches", "size", "sha256-of", "class":
            return textual(entry, shape)
        default:
            if Self.keywords.contains(entry.key) { return onItems(entry, shape) }
            let hint = Spelling.suggestion(for: entry.key, among: Self.keywords)
            report(
                "there is no matcher '\(entry.key)'\(hint); a mapping after a path holds matchers, {equals: ...} compares",
                at: entry.keyPosition
            )
            return nil
        }
    }

    private mutating func present(_ node: Node, _ shape: Shape) -> Matcher? {
        switch shape {
        case .enumeration, .bool, .code:
            report(
                "'present' says nothing about \(shape.words): its default is a value; name the value",
                at: node.position
            )
            return nil
        default: return bool(node).map { .present($0) }
        }
    }

    private mutating func bool(_ node: Node) -> Bool? {
        guard case .scalar(let text, isPlain: true) = node.content, let value = Bool(text) else {
            report("true or false is wanted here", at: node.position)
            return nil
        }
        return value
    }

    // MARK: - Order

    private mutating func ordered(_ entry: Node.Entry, _ shape: Shape) -> Matcher? {
        let node = entry.value
        let isTime = shape == .duration
        switch entry.key {
        case "between":
            guard let (low, high) = pair(node, "between", shape) else { return nil }
            if case (.constant(.integer(let low)), .constant(.integer(let high))) = (low, high), low > high {
                report("the lower bound is above the upper one", at: node.position)
                return nil
            }
            return .between(low, high, isScaled: isTime)
        case "about":
            guard let items = node.items, items.count == 2, let value = template(items[0], shape) else {
                report("'about' takes [value, tolerance]", at: node.position)
                return nil
            }
            if let text = items[1].scalar, text.hasSuffix("%"), let percent = Int(text.dropLast()), percent >= 0 {
                return .about(value, .percent(percent))
            }
            return template(items[1], shape).map { .about(value, .absolute($0)) }
        case "change":
            guard let from = node["from"], let by = node["by"], node.entries?.count == 2 else {
                report("'change' takes {from: value, by: matcher}", at: node.position)
                return nil
            }
            guard let start = template(from, shape), let matcher = matcher(by, shape) else { return nil }
            return .change(from: start, by: matcher)
        default:
            guard let order = Matcher.Order(rawValue: entry.key), let bound = template(node, shape) else { return nil }
            let isUpper = order == .below || order == .atMost
            return .order(order, bound, isScaled: isTime && isUpper)
        }
    }

    private mutating func pair(_ node: Node, _ name: String, _ shape: Shape) -> (Template, Template)? {
        guard let items = node.items, items.count == 2 else {
            report("'\(name)' takes a list of two values", at: node.position)
            return nil
        }
        guard let first = template(items[0], shape), let second = template(items[1], shape) else { return nil }
        return (first, second)
    }

    // MARK: - Text

    private mutating func textual(_ entry: Node.Entry, _ shape: Shape) -> Matcher? {
        let node = entry.value
        let isText = [.text, .bytes, .message, .code, .anything].contains(shape)
        guard isText, shape != .code else {
            report("'\(entry.key)' is for text and bytes, this is \(shape.words)", at: entry.keyPosition)
            return nil
        }
        switch entry.key {
        case "starts-with", "contains":
            guard let text = template(node, shape == .anything ? .text : shape) else { return nil }
            if text == .constant(.text("")) || text == .constant(.bytes([])) {
                report("'\(entry.key)' of an empty text holds always", at: node.position)
                return nil
            }
            return entry.key == "contains" ? .contains(text) : .startsWith(text)
        case "matches":
            guard let pattern = plainText(node, "a pattern") else { return nil }
            do { _ = try Regex(pattern) } catch {
                report("the regular expression does not compile: \(error)", at: node.position)
                return nil
            }
            if pattern.firstMatch(of: /\\[1-9]|\\k</) != nil {
                report("back-references are not part of the language", at: node.position)
                return nil
            }
            return .matches(pattern)
        case "class":
            guard shape == .message, let name = plainText(node, "a class") else {
                report("'class' is for a status message", at: entry.keyPosition)
                return nil
            }
            guard StatusClass.phrases[name] != nil else {
                let names = StatusClass.phrases.keys.sorted()
                report(
                    "there is no class '\(name)'\(Spelling.suggestion(for: name, among: names)); there are \(names.joined(separator: ", "))",
                    at: node.position
                )
                return nil
            }
            return .statusClass(name)
        case "size": return matcher(node, .integer(.bytes)).map { .size($0) }
        default: return template(node, .bytes).map { .sha256(of: $0) }
        }
    }

    // MARK: - Lists and maps

    private mutating func onItems(_ entry: Node.Entry, _ shape: Shape) -> Matcher? {
        let node = entry.value
        var item = Shape.anything
        var isMap = false
        switch shape {
        case .list(let inner): item = inner
        case .map(let inner): (item, isMap) = (inner, true)
        case .anything: break
        default:
            report("'\(entry.key)' is for lists, this is \(shape.words)", at: entry.keyPosition)
            return nil
        }
        if isMap, !["count", "includes"].contains(entry.key) {
            report("'\(entry.key)' is for lists, this is \(shape.words)", at: entry.keyPosition)
            return nil
        }
        switch entry.key {
        case "count": return matcher(node, .integer(nil)).map { .count($0) }
        case "includes", "same-items":
            guard let items = template(node, shape) else { return nil }
            if items == .list([]) || items == .map([]), entry.key == "includes" {
                report("'includes' of nothing holds always", at: node.position)
                return nil
            }
            return entry.key == "includes" ? .includes(items) : .sameItems(items)
        case "ascending":
            guard item.isOrdered || item == .text else {
                report("'ascending' is for numbers, these are \(item.words)", at: entry.keyPosition)
                return nil
            }
            if node.scalar == "strictly" { return .ascending(strictly: true) }
            return bool(node).flatMap { $0 ? .ascending(strictly: false) : nil }
        case "unique": return bool(node).flatMap { $0 ? .unique : nil }
        case "consecutive":
            return pair(node, "consecutive", .integer(nil)).map { .consecutive($0.0, $0.1) }
        default:
            guard let quantifier = Matcher.Quantifier(rawValue: entry.key),
                let test = itemTest(node, item)
            else { return nil }
            return .items(quantifier, test)
        }
    }

    /// For messages a nested expectation, else a value or matcher.
    private mutating func itemTest(_ node: Node, _ item: Shape) -> Matcher.ItemTest? {
        let isNested =
            item.fieldNames(catalog) != nil
            && node.entries.map { !$0.allSatisfy { Self.keywords.contains($0.key) } } ?? false
        guard isNested else { return matcher(node, item).map { .matcher($0) } }
        let before = diagnostics.count
        let nested = expectations(node, in: item)
        return diagnostics.count == before ? .fields(nested) : nil
    }
}
