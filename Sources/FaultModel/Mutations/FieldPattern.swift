public import CRICatalog

/// A path to one field or many inside an encoded message: `status.conditions[type=NetworkReady].status`,
/// `containers[*].state`, `items[0]`, `labels[tier]`.
///
/// A list without brackets in the middle of a path means all its items.
public struct FieldPattern: Sendable, CustomStringConvertible {
    /// Which items of a list are meant.
    enum Selector: Sendable {
        /// The nth, from 0; negative numbers count from the end.
        case index(Int)
        case all
        /// The entry of a map.
        case key(String)
        /// Those whose fields have these values.
        case matching([Condition])
    }

    /// A field of an item and the value it must have.
    struct Condition: Sendable {
        let path: WirePath
        let value: Glob
    }

    struct Step: Sendable {
        let field: FieldDescriptor
        let selector: Selector?
    }

    /// Longer texts are refused.
    public static let textLimit = 1024

    let message: String
    let steps: [Step]
    /// The field the path ends at.
    public let field: FieldDescriptor
    /// Whether it ends at items of that field, which is a list or a map, and not at the whole of it.
    public let isItem: Bool
    /// What a number there counts; that of a wrapper message is told by the field that holds the wrapper.
    public let unit: FieldDescriptor.Unit?
    /// The written form.
    public let description: String

    /// Reads a pattern and checks it against the catalogue.
    ///
    /// - Throws: ``FieldPatternError`` naming the part that does not exist, and the fields there are.
    public init(_ text: String, in message: String, catalog: Catalog = .cri) throws(FieldPatternError) {
        guard text.utf8.count <= Self.textLimit else {
            throw FieldPatternError("a path longer than \(Self.textLimit) bytes")
        }
        guard catalog.message(named: message) != nil else { throw FieldPatternError("no message '\(message)'") }
        var current: MessageDescriptor? = catalog.message(named: message)
        var steps: [Step] = []
        for part in WirePath.split(text) {
            guard let container = current else { throw FieldPatternError("'\(part)' in '\(text)': no fields there") }
            let open = part.firstIndex(of: "[")
            let name = String(part[..<(open ?? part.endIndex)])
            guard let field = container.field(named: name) else {
                let hint = Spelling.suggestion(for: name, among: container.fields.map(\.jsonName))
                throw FieldPatternError("\(container.name) has no field '\(name)'\(hint)")
            }
            let bracket = try open.map { (open) throws(FieldPatternError) in
                guard part.last == "]" else { throw FieldPatternError("'\(part)' in '\(text)': no closing bracket") }
                return part[part.index(after: open)...].dropLast()
            }
            steps.append(Step(field: field, selector: try Self.selector(bracket, of: field, in: text, catalog)))
            current = if case .message(let next) = field.type { catalog.message(named: next) } else { nil }
        }
        guard let last = steps.last else { throw FieldPatternError("an empty path") }
        field = last.field
        isItem = last.selector != nil
        unit = last.field.unit ?? steps.dropLast().last?.field.unit
        self.message = message
        self.steps = steps
        description = text
    }

    private static func selector(
        _ text: Substring?,
        of field: FieldDescriptor,
        in path: String,
        _ catalog: Catalog
    ) throws(FieldPatternError) -> Selector? {
        guard let text else { return nil }
        if case .map = field.type { return .key(String(text)) }
        guard field.isRepeated else {
            throw FieldPatternError("'[\(text)]' in '\(path)': \(field.jsonName) is neither a list nor a map")
        }
        if text == "*" { return .all }
        if let index = Int(text) { return .index(index) }
        guard case .message(let item) = field.type else {
            throw FieldPatternError("'[\(text)]' in '\(path)': items go by number, from 0 or from -1, or '*' for all")
        }
        var conditions: [Condition] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else {
                throw FieldPatternError("'\(part)' in '\(path)': a condition is written as in [type=RuntimeReady]")
            }
            let condition: Condition
            do {
                let field = String(sides[0].trimmingSpaces)
                condition = Condition(path: try WirePath(field, in: item, catalog: catalog), value: Glob(sides[1]))
            } catch {
                throw FieldPatternError("'\(part)' in '\(path)': \(error.description)")
            }
            if let problem = condition.path.steps.last?.field.type.misfit(of: condition.value, catalog: catalog) {
                throw FieldPatternError("'\(part)' in '\(path)': \(problem)")
            }
            conditions.append(condition)
        }
        return .matching(conditions)
    }
}

/// A pattern that names nothing in the catalogue.
public struct FieldPatternError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String

    init(_ description: String) { self.description = description }
}
