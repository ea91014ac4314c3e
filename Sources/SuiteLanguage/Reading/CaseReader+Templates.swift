import CRICatalog

extension CaseReader {
    /// Reads a value where one of this shape is wanted; `nil` when it is wrong, which is then reported.
    ///
    /// - Parameter removes: whether `null` removes a field, as in a fixture's `with`.
    mutating func template(_ node: Node, _ shape: Shape, removes: Bool = false) -> Template? {
        let shape = shape.asValue
        if case .scalar(let text, _) = node.content, text.contains("${") {
            return referencing(text, shape, at: node.position)
        }
        switch shape {
        case .list(let item):
            guard let items = node.items else { return wrong(node, shape) }
            let templates = items.map { template($0, item) }
            return templates.contains { $0 == nil } ? nil : .list(templates.compactMap { $0 })
        case .map(let item): return map(node, item, removes)
        case .record(let name, _): return record(node, name, shape, removes)
        case .anything: return anything(node)
        case .bytes: return bytes(node)
        case .text, .message, .code: return text(node, shape)
        default: return scalar(node, shape)
        }
    }

    /// Reports that a node is not what is wanted.
    private mutating func wrong(_ node: Node, _ shape: Shape) -> Template? {
        let given =
            switch node.content {
            case .scalar(let text, _) where !node.isNull: "'\(text.prefix(60))'"
            default: node.kindWord
            }
        report("\(shape.words) is wanted here, this is \(given)", at: node.position)
        return nil
    }

    // MARK: - Scalars

    private mutating func scalar(_ node: Node, _ shape: Shape) -> Template? {
        guard case .scalar(let text, let isPlain) = node.content else { return wrong(node, shape) }
        switch shape {
        case .bool:
            guard isPlain, let value = Bool(text) else {
                if !isPlain, Bool(text) != nil {
                    report(
                        "'\(text)' is text in quotes, and true or false is wanted here: take the quotes off",
                        at: node.position
                    )
                    return nil
                }
                return wrong(node, shape)
            }
            return .constant(.bool(value))
        case .integer(let unit): return integer(node, text, unit, shape)
        case .duration:
            guard let value = Quantity.nanoseconds(text) else {
                report("a duration with its unit is wanted here, such as 2s, not '\(text)'", at: node.position)
                return nil
            }
            return .constant(.integer(value))
        case .double:
            guard isPlain, Scalar.isInteger(text), let value = Double(text) else { return wrong(node, shape) }
            return .constant(.double(value))
        case .enumeration(let name): return enumeration(node, text, name)
        default:
            report("\(shape.words) cannot be written out; use a reference", at: node.position)
            return nil
        }
    }

    private mutating func integer(
        _ node: Node,
        _ text: String,
        _ unit: FieldDescriptor.Unit?,
        _ shape: Shape
    ) -> Template? {
        if Scalar.isInteger(text) {
            guard let value = Int128(text), (Int128(Int64.min)...Int128(UInt64.max)).contains(value) else {
                report("\(text) does not fit into 64 bits", at: node.position)
                return nil
            }
            return .constant(.integer(value))
        }
        let time = Quantity.nanoseconds(text)
        guard let amount = unit == .bytes ? Quantity.bytes(text) : time else {
            if Quantity.bytes(text) != nil || time != nil {
                report("'\(text)' has a unit, but \(shape.words) is wanted here", at: node.position)
                return nil
            }
            if unit == .bytes {
                report("\(shape.words) is wanted here, such as 64MiB or 67108864, not '\(text)'", at: node.position)
                return nil
            }
            return wrong(node, shape)
        }
        guard let unit else {
            report("'\(text)' has a unit, but the catalogue gives this field none: write the number", at: node.position)
            return nil
        }
        let (value, rest) = amount.quotientAndRemainder(dividingBy: Quantity.scale(unit))
        guard rest == 0 else {
            report("'\(text)' is no whole number of \(unit.rawValue)", at: node.position)
            return nil
        }
        return .constant(.integer(value))
    }

    private mutating func enumeration(_ node: Node, _ text: String, _ name: String) -> Template? {
        guard let type = catalog.enumeration(named: name) else { return nil }
        if let member = type.member(named: text) {
            uses(member.since)
            return .constant(.enumeration(EnumValue(type, number: member.number)))
        }
        if Scalar.isInteger(text), let number = Int32(text) {
            if let member = type.member(number: number) {
                report("write the name of \(name) \(number): \(member.name)", at: node.position)
                return nil
            }
            return .constant(.enumeration(EnumValue(type, number: number)))
        }
        let names = type.members.map(\.name)
        let hint = Spelling.suggestion(for: text, among: names)
        report(
            "\(name) has no value '\(text)'\(hint.isEmpty ? "; it has \(names.joined(separator: ", "))" : hint)",
            at: node.position
        )
        return nil
    }

    // MARK: - Text and bytes

    private mutating func text(_ node: Node, _ shape: Shape) -> Template? {
        switch node.content {
        case .mapping: return generated(node, asText: true)
        case .sequence: return wrong(node, shape)
        case .scalar(let text, let isPlain):
            if node.isNull {
                report("\(shape.words) is wanted here; write \"\" for an empty one", at: node.position)
                return nil
            }
            if isPlain, let problem = Scalar.ambiguity(text) {
                report(problem, at: node.position)
                return nil
            }
            if shape == .code, !StatusCodeNames.all.contains(text) {
                let hint = Spelling.suggestion(for: text, among: StatusCodeNames.all)
                let list = hint.isEmpty ? "; there are \(StatusCodeNames.all.sorted().joined(separator: ", "))" : hint
                report("there is no gRPC code '\(text)'\(list)", at: node.position)
                return nil
            }
            return .constant(.text(text))
        }
    }

    private mutating func bytes(_ node: Node) -> Template? {
        if node.entries != nil { return generated(node, asText: false) }
        guard case .constant(.text(let text))? = text(node, .bytes) else { return nil }
        return .constant(.bytes(Array(text.utf8)))
    }

    private mutating func generated(_ node: Node, asText: Bool) -> Template? {
        guard let entries = node.entries else { return wrong(node, asText ? .text : .bytes) }
        checkKeys(entries, known: ["hex", "random", "fill", "size", "json"], of: "a text or bytes value")
        if let json = node["json"] {
            guard !asText, !JSONText.hasReference(json) else {
                report(asText ? "text is wanted here, not json" : "json holds no references", at: json.position)
                return nil
            }
            return .constant(.bytes(Array(JSONText.render(json).utf8)))
        }
        if let hex = node["hex"] {
            guard !asText, let bytes = hex.scalar.flatMap(Self.hexBytes) else {
                report(
                    asText ? "text is wanted here, not hex" : "hex is pairs of digits such as 00 ff",
                    at: hex.position
                )
                return nil
            }
            return .constant(.bytes(bytes))
        }
        if let random = node["random"] {
            guard !asText else {
                report("text is wanted here, not random bytes", at: random.position)
                return nil
            }
            return size(random, "random").map { .generated(.random(size: $0), asText: false) }
        }
        guard let fill = node["fill"], let length = node["size"] else {
            report("bytes are text, {hex: 00 ff}, {random: 64KiB} or {fill: x, size: 4KiB}", at: node.position)
            return nil
        }
        guard let byte = fill.scalar?.utf8.first, fill.scalar?.utf8.count == 1 else {
            report("fill is one ASCII character", at: fill.position)
            return nil
        }
        return size(length, "size").map { .generated(.fill(byte, size: $0), asText: asText) }
    }

    private static func hexBytes(_ text: String) -> [UInt8]? {
        let digits = text.filter { $0 != " " }
        guard digits.count.isMultiple(of: 2), digits.allSatisfy(\.isHexDigit) else { return nil }
        var bytes: [UInt8] = []
        var index = digits.startIndex
        while index < digits.endIndex {
            let next = digits.index(index, offsetBy: 2)
            guard let byte = UInt8(digits[index..<next], radix: 16) else { return nil }
            bytes.append(byte)
            index = next
        }
        return bytes
    }

    // MARK: - Maps and messages

    private mutating func map(_ node: Node, _ item: Shape, _ removes: Bool) -> Template? {
        guard let entries = node.entries else { return wrong(node, .map(item)) }
        var result: [Template.Entry] = []
        var isGood = true
        for entry in entries {
            let key =
                entry.key.contains("${")
                ? referencing(entry.key, .text, at: entry.keyPosition) : .constant(.text(entry.key))
            let value: Template?
            if entry.value.isNull, removes {
                value = nil
            } else {
                value = template(entry.value, item)
                if value == nil { isGood = false }
            }
            if let key { result.append(Template.Entry(key: key, value: value)) } else { isGood = false }
        }
        return isGood ? .map(result) : nil
    }

    private mutating func record(_ node: Node, _ name: String, _ shape: Shape, _ removes: Bool) -> Template? {
        guard let entries = node.entries else { return wrong(node, shape) }
        guard let message = catalog.message(named: name) else { return nil }
        var fields: [Template.Field] = []
        var isGood = true
        for entry in entries {
            guard let field = message.field(named: entry.key) else {
                let hint = Spelling.suggestion(for: entry.key, among: message.fields.map(\.jsonName))
                report("\(name) has no field '\(entry.key)'\(hint)", at: entry.keyPosition)
                isGood = false
                continue
            }
            uses(field.since)
            if fields.contains(where: { $0.name == field.jsonName }) {
                report("'\(field.jsonName)' is written twice, in two spellings", at: entry.keyPosition)
                isGood = false
            }
            if entry.value.isNull {
                if !removes {
                    report(
                        "null removes a field, which only a fixture's `with` can: leave the field out",
                        at: entry.value.position
                    )
                    isGood = false
                }
                fields.append(Template.Field(name: field.jsonName, value: nil))
                continue
            }
            let wanted = shape.field(named: entry.key, catalog)?.shape ?? Shape(field)
            guard let value = template(entry.value, wanted, removes: removes),
                fits(value, field, at: entry.value.position)
            else {
                isGood = false
                continue
            }
            fields.append(Template.Field(name: field.jsonName, value: value))
        }
        return isGood ? .record(type: name, fields: fields) : nil
    }

    /// Whether a number fits into its field: on the wire it would silently become another one.
    private mutating func fits(_ value: Template, _ field: FieldDescriptor, at position: SourcePosition) -> Bool {
        guard case .constant(.integer(let number)) = value, let range = field.type.range, !range.contains(number) else {
            return true
        }
        report(
            "\(field.jsonName) is from \(range.lowerBound) to \(range.upperBound); \(number) does not fit",
            at: position
        )
        return false
    }

    private mutating func anything(_ node: Node) -> Template? {
        switch node.content {
        case .sequence(let items):
            let templates = items.map { template($0, .anything) }
            return templates.contains { $0 == nil } ? nil : .list(templates.compactMap { $0 })
        case .mapping: return map(node, .anything, false)
        case .scalar(let text, let isPlain):
            if isPlain, let bool = Bool(text) { return .constant(.bool(bool)) }
            if isPlain, Scalar.isInteger(text), let number = Int128(text) { return .constant(.integer(number)) }
            if isPlain, let amount = Quantity.bytes(text) ?? Quantity.nanoseconds(text) {
                return .constant(.integer(amount))
            }
            return self.text(node, .text)
        }
    }

    // MARK: - References

    /// Text with `${...}` in it.
    mutating func referencing(_ text: String, _ shape: Shape, at position: SourcePosition) -> Template? {
        guard let parts = Interpolation.parts(text) else {
            report("a '${' without its '}' ('$${' writes a literal one)", at: position)
            return nil
        }
        if parts.count == 1, case .reference(let inner) = parts[0] {
            guard let (reference, found) = reference(inner, at: position) else { return nil }
            guard shape.accepts(found) else {
                report("\(reference) is \(found.asValue.words), \(shape.words) is wanted", at: position)
                return nil
            }
            return .reference(reference, asText: shape.isTextual && !found.asValue.isTextual)
        }
        if parts.allSatisfy({ if case .text = $0 { true } else { false } }) {
            return template(Node(.scalar(Interpolation.unescaped(parts), isPlain: false), at: position), shape)
        }
        guard shape.isTextual || shape == .anything else {
            report("\(shape.words) is wanted here, not text with a reference in it", at: position)
            return nil
        }
        var result: [Template.Part] = []
        for part in parts {
            switch part {
            case .text(let piece): result.append(.text(piece))
            case .reference(let inner):
                guard let (reference, found) = reference(inner, at: position) else { return nil }
                guard found.isScalar else {
                    report("\(reference) is \(found.words) and cannot stand inside text", at: position)
                    return nil
                }
                result.append(.reference(reference))
            }
        }
        return .interpolation(result)
    }

    private mutating func reference(_ text: String, at position: SourcePosition) -> (Reference, Shape)? {
        let name = String(text.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        var rest = text.dropFirst(name.count)
        guard let bound = scope[name] else {
            let hint = Spelling.suggestion(for: name, among: scope.names.keys)
            report("nothing is called '\(name)' here\(hint)", at: position)
            return nil
        }
        if case .background = bound.kind {
            report("'\(name)' is still going on: its await can save the result", at: position)
            return nil
        }
        scope.use(name)
        references.insert(text)
        guard !rest.isEmpty else {
            if case .result(let what, _, itself: nil) = bound.shape {
                report(
                    "'\(name)' is \(what.hasPrefix("the") ? what : "a \(what)"); name a part of it, such as ${\(name).\(bound.shape.fieldNames(catalog)?.first ?? "id")}",
                    at: position
                )
                return nil
            }
            return (Reference(name: name, path: nil), bound.shape)
        }
        if rest.first == "." { rest = rest.dropFirst() }
        guard let path = path(String(rest), in: bound.shape, at: position) else { return nil }
        checkIsMade(name, bound, path, at: position)
        return (Reference(name: name, path: path), path.shape)
    }

    /// What a planned fixture gets only from the runtime's answer must not be read before it was sent.
    private mutating func checkIsMade(
        _ name: String,
        _ bound: Scope.Name,
        _ path: ValuePath,
        at position: SourcePosition
    ) {
        guard let first = path.steps.first, case .field(let part) = first else { return }
        let isPlanned = bound.kind == .sandbox(.planned) || bound.kind == .container(.planned)
        if isPlanned, ["id", "ip", "pid"].contains(part) {
            report("\(name) is only planned: it has no \(part) before a call sent ${\(name).request}", at: position)
        }
    }
}

extension Shape {
    /// Whether references become text where this is wanted.
    var isTextual: Bool {
        switch self {
        case .text, .message, .code, .bytes: true
        default: false
        }
    }
}

/// The names of the gRPC codes, and `refused`.
enum StatusCodeNames {
    static let all = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED", refused,
    ]
    static let refused = "refused"
}

/// Splits text at its `${...}`.
enum Interpolation {
    enum Part: Equatable {
        case text(String)
        case reference(String)
    }

    /// The pieces; `nil` when a reference is not closed.
    static func parts(_ text: String) -> [Part]? {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let dollar = rest.firstRange(of: "${") {
            literal += rest[..<dollar.lowerBound]
            if literal.hasSuffix("$") {
                literal.removeLast()
                literal += "${"
                rest = rest[dollar.upperBound...]
                continue
            }
            guard let end = rest[dollar.upperBound...].firstIndex(of: "}") else { return nil }
            if !literal.isEmpty { parts.append(.text(literal)) }
            literal = ""
            parts.append(.reference(String(rest[dollar.upperBound..<end])))
            rest = rest[rest.index(after: end)...]
        }
        literal += rest
        if !literal.isEmpty { parts.append(.text(literal)) }
        return parts
    }

    static func unescaped(_ parts: [Part]) -> String {
        parts.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }
}
