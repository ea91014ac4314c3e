import CRICatalog

/// Makes the cases of a matrix: `for` multiplies a case, and `${axis}` and `${axis.column}` are replaced before
/// anything else is checked.
struct Expansion {
    /// A file may not make more cases than this.
    static let caseLimit = 2000

    /// One row of one axis.
    private struct Row {
        let name: String
        let value: Node
        /// `nil` for an axis of plain values.
        let columns: [Node.Entry]?
    }

    var diagnostics: [Diagnostic] = []

    /// The cases a node stands for; itself when it has no `for`.
    mutating func expand(_ node: Node) -> [Node] {
        guard let axes = node["for"] else { return [node] }
        guard let entries = axes.entries, !entries.isEmpty else {
            diagnostics.append(Diagnostic("'for' is a mapping of axis to values", at: axes.position))
            return []
        }
        var combinations: [[(axis: String, row: Row)]] = [[]]
        for entry in entries {
            let rows = rows(entry)
            combinations = combinations.flatMap { combination in rows.map { combination + [(entry.key, $0)] } }
            guard combinations.count <= Self.caseLimit else {
                diagnostics.append(Diagnostic("this matrix makes more than \(Self.caseLimit) cases", at: axes.position))
                return []
            }
        }
        return combinations.compactMap { expand(node, $0) }
    }

    private mutating func rows(_ axis: Node.Entry) -> [Row] {
        var rows: [Row] = []
        if let items = axis.value.items, !items.isEmpty {
            for item in items {
                guard let name = item.scalar, isRowName(name) else {
                    diagnostics.append(
                        Diagnostic(
                            "'\(item.scalar ?? item.kindWord)' cannot stand in an id: name the rows, {name: {column: value}}",
                            at: item.position
                        )
                    )
                    continue
                }
                rows.append(Row(name: name, value: item, columns: nil))
            }
        } else if let entries = axis.value.entries, !entries.isEmpty {
            let columns = entries.first?.value.entries.map { Set($0.map(\.key)) }
            for entry in entries {
                guard let own = entry.value.entries, isRowName(entry.key) else {
                    diagnostics.append(
                        Diagnostic(
                            "a named row is NAME: {column: value}, its name letters, digits, dash and underscore",
                            at: entry.keyPosition
                        )
                    )
                    continue
                }
                if Set(own.map(\.key)) != columns {
                    diagnostics.append(
                        Diagnostic("the row '\(entry.key)' has other columns than the first row", at: entry.keyPosition)
                    )
                    continue
                }
                rows.append(
                    Row(
                        name: entry.key,
                        value: Node(.scalar(entry.key, isPlain: false), at: entry.keyPosition),
                        columns: own
                    )
                )
            }
        } else {
            diagnostics.append(
                Diagnostic("an axis is a list of values or a mapping of named rows", at: axis.value.position)
            )
        }
        if let twice = rows.map(\.name).firstDuplicate {
            diagnostics.append(Diagnostic("the axis '\(axis.key)' has '\(twice)' twice", at: axis.keyPosition))
            return []
        }
        return rows
    }

    private func isRowName(_ text: String) -> Bool { text.wholeMatch(of: /[A-Za-z0-9_-]+/) != nil }

    private mutating func expand(_ node: Node, _ rows: [(axis: String, row: Row)]) -> Node? {
        guard let entries = node.entries else { return nil }
        var result: [Node.Entry] = []
        for entry in entries where entry.key != "for" {
            guard var value = substitute(entry.value, rows) else { continue }
            if entry.key == "id", case .scalar(let id, let isPlain) = value.content {
                value = Node(
                    .scalar(([id] + rows.map(\.row.name)).joined(separator: "."), isPlain: isPlain),
                    at: value.position
                )
            }
            result.append(Node.Entry(key: entry.key, keyPosition: entry.keyPosition, value: value))
        }
        return Node(.mapping(result), at: node.position)
    }

    /// The node with the axes replaced; `nil` when it is a column's null, which leaves the field out.
    private mutating func substitute(_ node: Node, _ rows: [(axis: String, row: Row)]) -> Node? {
        switch node.content {
        case .sequence(let items):
            return Node(.sequence(items.compactMap { substitute($0, rows) }), at: node.position)
        case .mapping(let entries):
            let replaced = entries.compactMap { entry -> Node.Entry? in
                guard let value = substitute(entry.value, rows) else { return nil }
                let key = text(entry.key, rows, at: entry.keyPosition)
                return Node.Entry(key: key, keyPosition: entry.keyPosition, value: value)
            }
            return Node(.mapping(replaced), at: node.position)
        case .scalar(let text, let isPlain):
            guard text.contains("${"), let parts = Interpolation.parts(text) else { return node }
            if parts.count == 1, case .reference(let inner) = parts[0], let value = look(inner, rows, at: node.position)
            {
                // The value stands where it is used, so that messages point at the use.
                return value.isNull ? nil : Node(value.content, at: node.position)
            }
            return Node(.scalar(self.text(text, rows, at: node.position), isPlain: isPlain), at: node.position)
        }
    }

    private mutating func text(_ text: String, _ rows: [(axis: String, row: Row)], at position: SourcePosition)
        -> String
    {
        guard text.contains("${"), let parts = Interpolation.parts(text) else { return text }
        var result = ""
        for part in parts {
            switch part {
            case .text(let piece): result += piece.replacing("${", with: "$${")
            case .reference(let inner):
                if let value = look(inner, rows, at: position) {
                    if value.scalar == nil {
                        diagnostics.append(
                            Diagnostic("${\(inner)} is \(value.kindWord) and cannot stand inside text", at: position)
                        )
                    }
                    result += value.isNull ? "" : value.scalar ?? ""
                } else {
                    result += "${\(inner)}"
                }
            }
        }
        return result
    }

    /// The value of `axis` or `axis.column`; `nil` when the reference names no axis.
    private mutating func look(_ reference: String, _ rows: [(axis: String, row: Row)], at position: SourcePosition)
        -> Node?
    {
        let parts = reference.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let row = rows.first(where: { $0.axis == parts[0] })?.row else { return nil }
        var current = row.value
        var entries = row.columns
        for column in parts.dropFirst() {
            guard let next = entries?.first(where: { $0.key == column })?.value else {
                let known = entries?.map(\.key) ?? []
                diagnostics.append(
                    Diagnostic(
                        "the axis '\(parts[0])' has no column '\(column)'\(Spelling.suggestion(for: column, among: known))",
                        at: position
                    )
                )
                return Node(.scalar("", isPlain: false), at: position)
            }
            current = next
            entries = next.entries
        }
        return current
    }
}

extension [String] {
    /// The first item that already stood before.
    var firstDuplicate: String? {
        var seen: Set<String> = []
        return first { !seen.insert($0).inserted }
    }
}
