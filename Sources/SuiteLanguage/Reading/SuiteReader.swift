public import CRICatalog

/// YAML to the checked model of cases: what `crisol lint` does and every run begins with.
public struct SuiteReader: Sendable {
    private let catalog: Catalog

    /// Creates a reader that types cases by a catalogue.
    public init(catalog: Catalog = .cri) { self.catalog = catalog }

    /// Reads the text of a file.
    ///
    /// - Returns: the suite with the cases that are sound, and everything that is wrong with the others. A suite
    ///   with findings must not be run.
    public func read(text: String, file: String) -> (suite: Suite?, diagnostics: [Diagnostic]) {
        let root: Node
        do { root = try DocumentReader.read(text, file: file) } catch { return (nil, [error]) }
        var head = CaseReader(catalog: catalog, file: file)
        guard let entries = root.entries else {
            return (nil, [Diagnostic("a suite is a mapping with suite, title and cases", at: root.position)])
        }
        head.checkKeys(entries, known: ["suite", "title", "cases", "labels", "requires"], of: "a suite")
        for key in ["suite", "title", "cases"] where root[key] == nil {
            head.report("a suite needs '\(key)'", at: root.position)
        }
        let name = root["suite"].flatMap { head.plainText($0, "the name of a suite") } ?? ""
        if let node = root["suite"], !name.isEmpty, name.wholeMatch(of: /[a-z][a-z0-9-]*/) == nil {
            head.report("the name of a suite is lower-case letters, digits and dashes", at: node.position)
        }
        let title = root["title"].flatMap { head.filledText($0, "the title") } ?? ""
        let labels = root["labels"].map { head.plainTexts($0, "labels") } ?? []
        let requirements = root["requires"].map { head.requirements($0) } ?? []
        var diagnostics = head.diagnostics
        var cases: [Case] = []
        if let node = root["cases"] {
            if let items = node.items, !items.isEmpty {
                let lineCount = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
                for (index, item) in items.enumerated() {
                    let next = items.indices.contains(index + 1) ? items[index + 1].position.line - 1 : lineCount
                    let lines = item.position.line...max(item.position.line, next)
                    let (read, found) = self.cases(item, name, labels, requirements, file: file, lines: lines)
                    cases += read
                    diagnostics += found
                }
            } else {
                diagnostics.append(Diagnostic("cases is a list of at least one case", at: node.position))
            }
        }
        if cases.count > Expansion.caseLimit {
            diagnostics.append(
                Diagnostic("the file makes more than \(Expansion.caseLimit) cases: split it", at: root.position)
            )
        }
        return (Suite(name: name, title: title, file: file, cases: cases), diagnostics.deduplicated)
    }

    private func cases(
        _ node: Node,
        _ suite: String,
        _ labels: [String],
        _ requirements: [Requirement],
        file: String,
        lines: ClosedRange<Int>
    ) -> ([Case], [Diagnostic]) {
        var expansion = Expansion()
        let expanded = expansion.expand(node)
        var diagnostics = expansion.diagnostics
        var cases: [Case] = []
        for item in expanded {
            var reader = CaseReader(catalog: catalog, file: file)
            let read = reader.read(
                item,
                written: node["id"]?.scalar,
                suite: suite,
                labels: labels,
                requirements: requirements,
                lines: lines
            )
            if let read { cases.append(read) }
            diagnostics += reader.diagnostics
        }
        return (cases, diagnostics)
    }
}

extension [Diagnostic] {
    /// Sorted by place, each once: the rows of a matrix repeat what is wrong with their case.
    var deduplicated: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        return filter { seen.insert($0).inserted }.sorted {
            ($0.position.file, $0.position.line, $0.position.column) < (
                $1.position.file, $1.position.line, $1.position.column
            )
        }
    }
}
