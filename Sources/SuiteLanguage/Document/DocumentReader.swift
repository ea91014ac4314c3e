import Foundation
import Yams

/// Reads the plain subset of YAML that suites are written in, and refuses the rest with its position.
enum DocumentReader {
    /// Larger files are refused before they are read.
    static let sizeLimit = 4 << 20
    /// Deeper nesting is refused.
    static let depthLimit = 32

    /// The content of a suite file.
    ///
    /// - Throws: `Diagnostic` at line 1 when the file cannot be read, is too large or is no UTF-8.
    static func text(ofFile path: String) throws(Diagnostic) -> String {
        let start = SourcePosition(file: path, line: 1, column: 1)
        let attributes: [FileAttributeKey: Any]
        do {
            attributes = try FileManager.default.attributesOfItem(
                atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            )
        } catch {
            throw Diagnostic("the file cannot be read: \(error.localizedDescription)", at: start)
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw Diagnostic("this is no regular file", at: start)
        }
        let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
        guard size <= sizeLimit else {
            throw Diagnostic(
                "the file has \(size >> 20) MiB; suites may have up to \(sizeLimit >> 20) MiB: split it",
                at: start
            )
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Diagnostic("the file cannot be read (is it readable for this user?)", at: start)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Diagnostic("the file is not UTF-8", at: start)
        }
        return text
    }

    /// Reads one document.
    ///
    /// - Throws: `Diagnostic` for YAML that does not parse or goes beyond the plain subset.
    static func read(_ text: String, file: String) throws(Diagnostic) -> Node {
        try refuseDeepNesting(text, file: file)
        try PlainSubset.check(text, file: file)
        let start = SourcePosition(file: file, line: 1, column: 1)
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw diagnostic(error, text, file: file)
        } catch {
            throw Diagnostic("the YAML does not parse: \(error)", at: start)
        }
        guard let root else { throw Diagnostic("the file is empty", at: start) }
        return try convert(root, file: file, depth: 0)
    }

    /// The library tells where the mapping begins; the second of the equal keys is the one to remove.
    private static func repetition(of key: String, in text: String, from line: Int, file: String) -> SourcePosition? {
        var first: Int?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().dropFirst(
            line - 1
        ) {
            let start = line.prefix { $0 == " " || $0 == "-" }
            guard line.dropFirst(start.count).hasPrefix(key + ":") else { continue }
            if start.count == first {
                return SourcePosition(file: file, line: index + 1, column: start.count + 1)
            }
            first = first ?? start.count
        }
        return nil
    }

    private static func diagnostic(_ error: YamlError, _ text: String, file: String) -> Diagnostic {
        func at(_ mark: Mark) -> SourcePosition { SourcePosition(file: file, line: mark.line, column: mark.column) }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let hint = hint(problem, text, line: mark.line)
            return Diagnostic("the YAML does not parse: \(problem)\(hint)", at: at(mark))
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\($0)'" }.joined(separator: ", ")
            let repeated = keys.first.flatMap { repetition(of: $0, in: text, from: context.mark.line, file: file) }
            return Diagnostic("the key \(names) stands twice in one mapping", at: repeated ?? at(context.mark))
        default:
            return Diagnostic(
                "the YAML does not parse: \(error)",
                at: SourcePosition(file: file, line: 1, column: 1)
            )
        }
    }

    /// What is most often meant by the parser's words.
    private static func hint(_ problem: String, _ text: String, line: Int) -> String {
        if problem.contains("',' or '}'") {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let hasReference = lines.indices.contains(line - 1) && lines[line - 1].contains("${")
            return hasReference
                ? " (inside { } a reference must be quoted: \"${...}\")"
                : " (inside { } a path with brackets must be quoted, or stand on a line of its own)"
        }
        if problem.contains("mapping values are not allowed") {
            return " (text with ': ' in it must be quoted; a key stands on a line of its own)"
        }
        if problem.contains("did not find expected key") || problem.contains("did not find expected '-' indicator") {
            return " (is it indented as the line that it belongs beside?)"
        }
        return ""
    }

    private static func convert(_ node: Yams.Node, file: String, depth: Int) throws(Diagnostic) -> Node {
        let position = SourcePosition(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        guard depth <= depthLimit else {
            throw Diagnostic("nested more than \(depthLimit) levels deep", at: position)
        }
        // What an alias stands for is the node with the anchor, so no node is read twice.
        if node.anchor != nil { throw Diagnostic("anchors are not part of the suite language", at: position) }
        switch node {
        case .alias: throw Diagnostic("aliases are not part of the suite language", at: position)
        case .scalar(let scalar):
            if scalar.style == .plain || scalar.style == .any {
                try refuseTag(
                    node,
                    implied: ["str", "null", "bool", "int", "float", "timestamp", "merge", "value"],
                    position
                )
                return Node(.scalar(scalar.string, isPlain: true), at: position)
            }
            try refuseTag(node, implied: ["str"], position)
            return Node(.scalar(scalar.string, isPlain: false), at: position)
        case .sequence(let sequence):
            try refuseTag(node, implied: ["seq"], position)
            var items: [Node] = []
            for item in sequence { items.append(try convert(item, file: file, depth: depth + 1)) }
            return Node(.sequence(items), at: position)
        case .mapping(let mapping):
            try refuseTag(node, implied: ["map"], position)
            var entries: [Node.Entry] = []
            var names: Set<String> = []
            for (key, value) in mapping {
                let keyNode = try convert(key, file: file, depth: depth + 1)
                guard let name = keyNode.scalar else {
                    throw Diagnostic("a key must be plain text", at: keyNode.position)
                }
                if name == "<<", case .scalar(_, isPlain: true) = keyNode.content {
                    throw Diagnostic("merge keys are not part of the suite language", at: keyNode.position)
                }
                // The library takes `5` and `"5"` for two keys.
                guard names.insert(name).inserted else {
                    throw Diagnostic("the key '\(name)' stands twice in one mapping", at: keyNode.position)
                }
                entries.append(
                    Node.Entry(
                        key: name,
                        keyPosition: keyNode.position,
                        value: try convert(value, file: file, depth: depth + 1)
                    )
                )
            }
            return Node(.mapping(entries), at: position)
        }
    }

    private static func refuseTag(
        _ node: Yams.Node,
        implied: Set<String>,
        _ position: SourcePosition
    ) throws(Diagnostic) {
        let name = node.tag.description
        guard let short = name.split(separator: ":").last.map(String.init) else { return }
        if !implied.contains(short) {
            throw Diagnostic("tags are not part of the suite language", at: position)
        }
    }

    /// The composer recurses, so text that would nest thousands deep must not reach it. Any line that indents or
    /// opens further than a readable suite could is refused; the exact limit is held on the composed nodes.
    private static func refuseDeepNesting(_ text: String, file: String) throws(Diagnostic) {
        var open = 0
        var line = 1
        var column = 0
        var leading = 0
        var isLeading = true
        for byte in text.utf8 {
            column += 1
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                column = 0
                leading = 0
                isLeading = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                open += 1
                isLeading = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                open = max(0, open - 1)
                isLeading = false
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: "\t"):
                if isLeading { leading += 1 }
            default: isLeading = false
            }
            if open > 500 || leading > 400 {
                throw Diagnostic(
                    "nested more than \(depthLimit) levels deep",
                    at: SourcePosition(file: file, line: line, column: column)
                )
            }
        }
    }
}
