/// Leaving out what a case asks for: the other half of a control run.
extension Template {
    /// The fields of a message that were written and could be left out, the request still being about the same object.
    ///
    /// - Parameter keepsReferences: whether fields that name other objects stay, as the ids in a call's request must.
    public func removableFields(keepsReferences: Bool) -> [String] {
        guard case .record(_, let fields) = self else { return [] }
        return fields.filter { field in
            guard let value = field.value, !["metadata", "image"].contains(field.name) else { return false }
            return !(keepsReferences && value.hasReference)
        }.map(\.name)
    }

    /// The message without a field, or without a part of one; as it is when the field was not written.
    ///
    /// - Parameter path: names of fields from the outermost inwards; what lies deeper than messages reach goes whole.
    public func removing(_ path: ArraySlice<String>) -> Template {
        guard let name = path.first, case .record(let type, let fields) = self else { return self }
        let rest = path.dropFirst()
        let kept = fields.compactMap { field -> Field? in
            guard field.name == name else { return field }
            guard !rest.isEmpty, let value = field.value, case .record = value else { return nil }
            return Field(name: name, value: value.removing(rest))
        }
        return .record(type: type, fields: kept)
    }

    /// Whether anything in it is looked up while the case runs.
    private var hasReference: Bool {
        switch self {
        case .constant, .generated: false
        case .reference, .interpolation: true
        case .list(let items): items.contains(where: \.hasReference)
        case .record(_, let fields): fields.contains { $0.value?.hasReference ?? false }
        case .map(let entries): entries.contains { $0.key.hasReference || ($0.value?.hasReference ?? false) }
        }
    }
}

extension ValuePath {
    /// The names of its leading fields: as far as messages reach.
    public var fieldNames: [String] {
        var names: [String] = []
        for step in steps {
            guard case .field(let name) = step else { break }
            names.append(name)
        }
        return names
    }
}
