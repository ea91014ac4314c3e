import CRICatalog

/// Reads one expanded case: types every value, path and matcher, and collects everything that is wrong.
///
/// Its extensions are the rooms of the work: templates, paths, matchers, steps, and the case's own keys.
struct CaseReader {
    let catalog: Catalog
    let file: String
    var scope: Scope
    var diagnostics: [Diagnostic] = []
    /// RPCs, fields and enum values used, for `since`.
    var since = KubernetesMinor(major: 1, minor: 23)
    var needsSameHost = false
    /// Whether a step only makes sense with a runtime that crisol started itself.
    var needsManaged = false
    /// Sandboxes that other cases use too.
    var sharedSandboxes: Set<String> = []
    /// Locks that follow from the steps.
    var locks: Set<String> = []
    /// Every `name.path` that is read, so that the runner fetches only what somebody wants.
    var references: Set<String> = []

    init(catalog: Catalog, file: String) {
        self.catalog = catalog
        self.file = file
        scope = Scope(SourcePosition(file: file, line: 1, column: 1))
    }

    mutating func report(_ message: String, at position: SourcePosition) {
        diagnostics.append(Diagnostic(message, at: position))
    }

    /// Notes that something of this age is used.
    mutating func uses(_ minor: KubernetesMinor) { since = max(since, minor) }

    /// Reports keys that a mapping must not have.
    mutating func checkKeys(_ entries: [Node.Entry], known: [String], of what: String) {
        for entry in entries where !known.contains(entry.key) {
            let hint = Spelling.suggestion(for: entry.key, among: known)
            report("\(what) has no key '\(entry.key)'\(hint)", at: entry.keyPosition)
        }
    }

    // MARK: - Plain values

    /// Text without references.
    mutating func plainText(_ node: Node, _ what: String) -> String? {
        guard case .scalar(let text, let isPlain) = node.content, !node.isNull else {
            report("\(what) must be text, this is \(node.kindWord)", at: node.position)
            return nil
        }
        if isPlain, let problem = Scalar.ambiguity(text) {
            report(problem, at: node.position)
            return nil
        }
        return text
    }

    /// One text or a list of texts.
    mutating func plainTexts(_ node: Node, _ what: String) -> [String] {
        if let items = node.items { return items.compactMap { filledText($0, "an item of \(what)") } }
        return filledText(node, what).map { [$0] } ?? []
    }

    /// A text that says something.
    mutating func filledText(_ node: Node, _ what: String) -> String? {
        guard let text = plainText(node, what) else { return nil }
        guard text.contains(where: { !$0.isWhitespace }) else {
            report("\(what) is empty", at: node.position)
            return nil
        }
        return text
    }

    /// One of the words of an enumeration.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ node: Node,
        _ what: String,
        as type: Word.Type
    ) -> Word? {
        let words = Word.allCases.map(\.rawValue)
        if let text = node.scalar, let word = Word(rawValue: text) { return word }
        let given = node.scalar.map { "'\($0)'" } ?? node.kindWord
        let hint = node.scalar.map { Spelling.suggestion(for: $0, among: words) } ?? ""
        report("\(what) is one of \(words.joined(separator: ", ")), not \(given)\(hint)", at: node.position)
        return nil
    }

    /// A duration such as `30s`.
    mutating func duration(_ node: Node, _ what: String) -> Duration? {
        if let text = node.scalar, let value = Quantity.nanoseconds(text), value > 0 {
            return .nanoseconds(Int64(value))
        }
        report(
            "\(what) is a duration such as 30s or 500ms, not \(node.scalar.map { "'\($0)'" } ?? node.kindWord)",
            at: node.position
        )
        return nil
    }

    /// A size such as `64KiB`, in bytes.
    mutating func size(_ node: Node, _ what: String) -> Int? {
        if let text = node.scalar, let value = Quantity.bytes(text) ?? (Scalar.isInteger(text) ? Int128(text) : nil),
            (0...Int128(1) << 30).contains(value)
        {
            return Int(value)
        }
        report(
            "\(what) is a size up to 1GiB such as 64KiB, not \(node.scalar.map { "'\($0)'" } ?? node.kindWord)",
            at: node.position
        )
        return nil
    }
}
