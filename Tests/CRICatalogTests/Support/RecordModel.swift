@testable import CRICatalog

/// What an edit does to a decoded message: the meaning that `WireEditor` must have on bytes.
enum RecordModel {
    /// The value as a message holds it: `nil` for a default, which is not sent.
    static func normal(_ value: Value) -> Value? { value.isProtoDefault ? nil : value }

    static func read(_ record: Record, _ steps: ArraySlice<WirePath.Step>) -> Value? {
        guard let step = steps.first else { return .record(record) }
        let whole = record[step.field.jsonName] ?? Value.unset(step.field, in: .cri)
        let part: Value?
        switch step.item {
        case nil: part = whole
        case .index(let index)?: part = whole?.list.flatMap { items in position(index, items).map { items[$0] } }
        case .key(let key)?: part = if case .map(let entries)? = whole { entries[key] } else { nil }
        }
        if steps.count == 1 { return part }
        return part?.record.flatMap { read($0, steps.dropFirst()) }
    }

    static func apply(_ edit: WireEditor.Edit, _ record: Record, _ steps: ArraySlice<WirePath.Step>) -> Record? {
        guard let step = steps.first else { return nil }
        let name = step.field.jsonName
        var result = record
        guard steps.count == 1 else {
            switch step.item {
            case .key?: return nil
            case .index(let index)?:
                guard var items = record[name]?.list, let position = position(index, items),
                    let inner = items[position].record, let edited = apply(edit, inner, steps.dropFirst())
                else { return nil }
                items[position] = .record(edited)
                result[name] = .list(items)
            case nil:
                guard case .message(let type) = step.field.type else { return nil }
                let makes =
                    switch edit {
                    case .set, .append: true;
                    case .clear, .duplicate: false
                    }
                guard let inner = record[name]?.record ?? (makes ? Record(type: type) : nil),
                    let edited = apply(edit, inner, steps.dropFirst())
                else { return nil }
                result[name] = .record(edited)
            }
            return result
        }
        guard let value = last(edit, record[name], step) else { return nil }
        result[name] = normal(value)
        return result
    }

    /// The field's new value, a default for "gone"; `nil` when there is nothing to edit.
    private static func last(_ edit: WireEditor.Edit, _ old: Value?, _ step: WirePath.Step) -> Value? {
        let gone = Value.list([])
        switch (step.item, edit) {
        case (nil, .set(let value)): return value
        case (nil, .clear): return old == nil ? nil : gone
        case (nil, .append(let value)): return step.field.isRepeated ? .list((old?.list ?? []) + [value]) : nil
        case (nil, .duplicate), (_?, .append): return nil
        case (.index(let index)?, _):
            guard var items = old?.list, let position = position(index, items) else { return nil }
            switch edit {
            case .set(let value): items[position] = value
            case .clear: items.remove(at: position)
            case .duplicate: items.insert(items[position], at: position)
            case .append: return nil
            }
            return .list(items)
        case (.key(let key)?, _):
            guard case .map(var entries) = old ?? .map([:]) else { return nil }
            switch edit {
            case .set(let value): entries[key] = value
            case .clear where entries[key] != nil: entries[key] = nil
            case .clear, .duplicate, .append: return nil
            }
            return .map(entries)
        }
    }

    private static func position(_ index: Int, _ items: [Value]) -> Int? {
        let position = index < 0 ? items.count + index : index
        return items.indices.contains(position) ? position : nil
    }
}
