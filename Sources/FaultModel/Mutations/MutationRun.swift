internal import CRICatalog

/// One mutation made ready for one message of the catalogue.
struct MutationRun {
    let operation: Mutation.Operation
    let pattern: FieldPattern?
    /// The other side of a swap.
    let partner: WirePath?
    let message: String
    let catalog: Catalog
    let editor: WireEditor
    let spares: (String, [UInt8]) -> Bool

    init(
        _ mutation: Mutation,
        message: String,
        catalog: Catalog,
        spares: @escaping (String, [UInt8]) -> Bool
    ) throws(FieldPatternError) {
        operation = mutation.operation
        self.message = message
        self.catalog = catalog
        editor = WireEditor(catalog)
        self.spares = spares
        if mutation.path.isEmpty, case .pad = mutation.operation {
            pattern = nil
            partner = nil
            return
        }
        let pattern = try FieldPattern(mutation.path, in: message, catalog: catalog)
        self.pattern = pattern
        if case .swap(let other) = mutation.operation {
            do {
                partner = try WirePath(other, in: message, catalog: catalog)
            } catch {
                throw FieldPatternError("swap with '\(other)': \(error.description)")
            }
        } else {
            partner = nil
        }
        try check(pattern)
    }

    /// The message with the change made; `nil` when there was nothing to change.
    func apply(to bytes: [UInt8]) throws(WireError) -> [UInt8]? {
        guard let pattern else {
            if case .pad(let count) = operation { return bytes + UnknownField.filler(count) }
            return nil
        }
        if let partner { return try swap(pattern, partner, bytes) }
        var room = Mutation.growthLimit
        return try change(pattern.steps[...], in: message, bytes, room: &room)
    }

    /// Follows the steps down to the first list whose items are meant one by one; below each it goes on by itself.
    ///
    /// - Parameter room: how many bytes all items together may still grow by.
    private func change(
        _ steps: ArraySlice<FieldPattern.Step>,
        in message: String,
        _ bytes: [UInt8],
        room: inout Int
    ) throws(WireError) -> [UInt8]? {
        guard let list = steps.indices.first(where: { meansItems(steps[$0], isLast: $0 == steps.indices.last) }) else {
            guard let path = path(steps, in: message) else { return nil }
            return try changeField(at: path, steps.last?.field, bytes, room: &room)
        }
        guard let path = path(steps[...list], in: message, withLastItem: false) else { return nil }
        let field = steps[list].field
        let rest = steps[(list + 1)...]
        let count = try editor.countItems(at: path, in: bytes) ?? 0
        return try editor.changeItems(at: path, in: bytes) { (index, item) throws(WireError) in
            if case .message(let name) = field.type, spares(name, item) { return .keep }
            let isMeant = try selects(steps[list].selector, index, of: count, item)
            if rest.isEmpty { return changeItem(field, item, isMeant: isMeant, room: &room) }
            guard isMeant, case .message(let name) = field.type else { return .keep }
            return try change(rest, in: name, item, room: &room).map { .replace($0) } ?? .keep
        }
    }

    /// Whether a step is done item by item: where it picks some of a list, and at the end of a path also where the
    /// operation is about items. Lists of numbers share a record, so only one of those can be named.
    private func meansItems(_ step: FieldPattern.Step, isLast: Bool) -> Bool {
        guard step.field.isRepeated, !step.field.type.isPackable else { return false }
        guard isLast, step.selector == nil else { return true }
        switch operation {
        case .drop, .filter, .repeat, .pad: return true
        case .clear, .set:
            // Taken out item by item, so that protected ones stay.
            if case .message = step.field.type { return true }
            return false
        case .add, .scale, .swap: return false
        }
    }

    private func changeItem(
        _ field: FieldDescriptor,
        _ item: [UInt8],
        isMeant: Bool,
        room: inout Int
    ) -> WireEditor.ItemChange {
        switch operation {
        case .drop, .clear: return isMeant ? .remove : .keep
        case .filter: return isMeant ? .keep : .remove
        case .repeat(let times):
            guard isMeant else { return .keep }
            // Once is what is there already; an item that is empty takes a tag and a length all the same.
            let size = item.count + 2
            let count = min(times, 1 + room / size)
            room -= max(0, count - 1) * size
            return .repeat(count)
        case .pad(let count) where isMeant && isText(field):
            let padding = filler(min(count, room))
            room -= padding.count
            return .replace(item + padding)
        case .set(let value) where isMeant:
            guard let payload = payload(value, field) else { return .keep }
            return .replace(payload)
        default: return .keep
        }
    }

    private func selects(
        _ selector: FieldPattern.Selector?,
        _ index: Int,
        of count: Int,
        _ item: [UInt8]
    ) throws(WireError) -> Bool {
        switch selector {
        case nil, .all: return true
        case .key: return false
        case .index(let wanted): return index == (wanted < 0 ? count + wanted : wanted)
        case .matching(let conditions):
            for condition in conditions {
                guard let value = try editor.read(condition.path, in: item), condition.value.matches(value.plainText)
                else { return false }
            }
            return true
        }
    }

    /// The steps as the path of one field; `nil` when they mean several.
    private func path(
        _ steps: ArraySlice<FieldPattern.Step>,
        in message: String,
        withLastItem: Bool = true
    ) -> WirePath? {
        var parts: [String] = []
        for (offset, step) in steps.enumerated() {
            let isLast = offset == steps.count - 1
            switch step.selector {
            case .index(let index) where !isLast || withLastItem: parts.append("\(step.field.name)[\(index)]")
            case .key(let key) where !isLast || withLastItem: parts.append("\(step.field.name)[\(key)]")
            default: parts.append(step.field.name)
            }
        }
        return try? WirePath(parts.joined(separator: "."), in: message, catalog: catalog)
    }
}
