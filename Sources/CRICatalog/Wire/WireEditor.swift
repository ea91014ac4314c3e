/// Reads and changes one field of an encoded message and leaves every other byte as it was, unknown fields included.
///
/// Faults and mutations act on recorded and relayed bytes, so what they do not name must not change: neither order
/// nor packing nor what a newer CRI added. Only the lengths of the messages around the field are written anew.
public struct WireEditor: Sendable {
    /// What to do at the end of a path.
    public enum Edit: Sendable, Hashable {
        /// Gives the field (or the item, or the map's entry) this value.
        case set(Value)
        /// Removes the field (or the item, or the map's entry).
        case clear
        /// Adds an item at the end of a repeated field.
        case append(Value)
        /// Writes the item twice.
        case duplicate
    }

    private let catalog: Catalog
    private let codec: MessageCodec

    /// Creates an editor for messages of a catalogue.
    public init(_ catalog: Catalog = .cri) {
        self.catalog = catalog
        codec = MessageCodec(catalog)
    }

    /// The value at the path; a scalar that was not sent is its default, a message that was not sent is `nil`.
    ///
    /// - Throws: `WireError` when the bytes are no message of the path's type.
    public func read(_ path: WirePath, in bytes: [UInt8]) throws(WireError) -> Value? {
        var value: Value? = .record(try codec.decode(bytes, as: path.message.name))
        for step in path.steps {
            guard case .record(let record)? = value else { return nil }
            value = record.fields[step.field.jsonName] ?? Value.unset(step.field, in: catalog)
            switch (step.item, value) {
            case (.index(let index)?, .list(let items)?): value = Self.position(index, items.count).map { items[$0] }
            case (.key(let key)?, .map(let entries)?): value = entries[key]
            default: break
            }
        }
        return value
    }

    /// The message with the edit made; `nil` when the path leads nowhere in these bytes (an item that is not there,
    /// or, for anything but `set` and `append`, a message that was not sent).
    ///
    /// - Throws: `WireError` when the bytes on the way are not the messages they should be.
    public func apply(_ edit: Edit, at path: WirePath, to bytes: [UInt8]) throws(WireError) -> [UInt8]? {
        try rewrite(bytes, 0..<bytes.count, path.steps[...], edit)
    }

    // MARK: - Walking

    private func rewrite(
        _ bytes: [UInt8], _ range: Range<Int>, _ steps: ArraySlice<WirePath.Step>, _ edit: Edit
    ) throws(WireError) -> [UInt8]? {
        guard let step = steps.first else { return nil }
        var reader = WireReader(bytes, range: range)
        var pieces: [WireRecord] = []
        var matches: [Int] = []
        while let piece = try reader.next() {
            if piece.number == step.field.number { matches.append(pieces.count) }
            pieces.append(piece)
        }
        let replacement =
            steps.count == 1
            ? try last(bytes, step, edit, matches.map { pieces[$0] })
            : try descend(bytes, steps, edit, matches.map { pieces[$0] })
        guard let replacement else { return nil }
        var writer = WireWriter()
        var inserted = false
        for (index, piece) in pieces.enumerated() {
            guard let match = matches.firstIndex(of: index) else {
                writer.raw(bytes[piece.range])
                continue
            }
            writer.raw(replacement[match])
            if index == matches.last {
                writer.raw(replacement[matches.count])
                inserted = true
            }
        }
        if !inserted { writer.raw(replacement[matches.count]) }
        return writer.bytes
    }

    /// What stands in place of each record of the field, and, as the last element, what is added after them.
    private func descend(
        _ bytes: [UInt8], _ steps: ArraySlice<WirePath.Step>, _ edit: Edit, _ pieces: [WireRecord]
    ) throws(WireError) -> [[UInt8]]? {
        guard let step = steps.first, case .message = step.field.type else { return nil }
        let rest = steps.dropFirst()
        var result = pieces.map { Array(bytes[$0.range]) } + [[]]
        var targets = Array(pieces.indices)
        switch step.item {
        case .index(let index)?:
            guard let position = Self.position(index, pieces.count) else { return nil }
            targets = [position]
        case .key?: return nil
        case nil:
            if pieces.isEmpty {
                // Only setting makes a message that was not there.
                switch edit {
                case .set, .append: break
                case .clear, .duplicate: return nil
                }
                guard let inner = try rewrite([], 0..<0, rest, edit) else { return nil }
                result[0] = field(step.field.number, inner)
                return result
            }
        }
        // A singular message may come in several pieces: the value stands in the last, and must go from the others.
        var changed = false
        for target in targets {
            let piece = pieces[target]
            guard piece.type == .lengthDelimited else {
                throw WireError(.wrongWireType, at: piece.range.lowerBound, field: step.field.name)
            }
            let isLast = target == targets.last
            let inner: [UInt8]?
            switch edit {
            case .set where !isLast: inner = try rewrite(bytes, piece.payload, rest, .clear)
            case .append where !isLast, .duplicate where !isLast: inner = nil
            default: inner = try rewrite(bytes, piece.payload, rest, edit)
            }
            if let inner {
                result[target] = field(step.field.number, inner)
                changed = true
            }
        }
        return changed ? result : nil
    }

    private func last(
        _ bytes: [UInt8], _ step: WirePath.Step, _ edit: Edit, _ pieces: [WireRecord]
    ) throws(WireError) -> [[UInt8]]? {
        let originals = pieces.map { Array(bytes[$0.range]) }
        switch (step.item, edit) {
        case (nil, .set(let value)):
            return pieces.map { _ in [] } + [encoded(value, step.field)]
        case (nil, .clear):
            return pieces.isEmpty ? nil : pieces.map { _ in [] } + [[]]
        case (nil, .append(let value)):
            guard step.field.isRepeated else { return nil }
            return originals + [encoded(.list([value]), step.field)]
        case (nil, .duplicate): return nil
        case (.key(let key)?, _): return try entry(bytes, key, step.field, edit, pieces)
        case (.index(let index)?, _):
            if step.field.type.isPackable { return try packed(bytes, index, step.field, edit, pieces) }
            guard let position = Self.position(index, pieces.count) else { return nil }
            var result = originals + [[]]
            switch edit {
            case .set(let value): result[position] = encoded(.list([value]), step.field)
            case .clear: result[position] = []
            case .duplicate: result[position] += originals[position]
            case .append: return nil
            }
            return result
        }
    }

    /// Items of a packed list have no record of their own: the list is written anew, as one record.
    private func packed(
        _ bytes: [UInt8], _ index: Int, _ field: FieldDescriptor, _ edit: Edit, _ pieces: [WireRecord]
    ) throws(WireError) -> [[UInt8]]? {
        let joined = pieces.flatMap { Array(bytes[$0.range]) }
        guard let owner = catalog.messages.first(where: { $0.field(number: field.number) == field }),
            var items = try codec.decode(joined, as: owner.name).fields[field.jsonName]?.list,
            let position = Self.position(index, items.count)
        else { return nil }
        switch edit {
        case .set(let value): items[position] = value
        case .clear: items.remove(at: position)
        case .duplicate: items.insert(items[position], at: position)
        case .append: return nil
        }
        return pieces.map { _ in [] } + [encoded(.list(items), field)]
    }

    private func entry(
        _ bytes: [UInt8], _ key: String, _ field: FieldDescriptor, _ edit: Edit, _ pieces: [WireRecord]
    ) throws(WireError) -> [[UInt8]]? {
        var result: [[UInt8]] = []
        var found = false
        for piece in pieces {
            var name: [UInt8] = []
            var reader = WireReader(bytes, range: piece.payload)
            while let part = try reader.next() {
                if part.number == 1 { name = Array(bytes[part.payload]) }
            }
            let matches = name == Array(key.utf8)
            found = found || matches
            result.append(matches ? [] : Array(bytes[piece.range]))
        }
        switch edit {
        case .set(let value): return result + [encoded(.map([key: value]), field)]
        case .clear: return found ? result + [[]] : nil
        case .append, .duplicate: return nil
        }
    }

    private func encoded(_ value: Value, _ field: FieldDescriptor) -> [UInt8] {
        var writer = WireWriter()
        codec.encode(value, field, &writer)
        return writer.bytes
    }

    private func field(_ number: Int, _ payload: [UInt8]) -> [UInt8] {
        var writer = WireWriter()
        writer.lengthDelimited(number, payload)
        return writer.bytes
    }

    private static func position(_ index: Int, _ count: Int) -> Int? {
        let position = index < 0 ? count + index : index
        return (0..<count).contains(position) ? position : nil
    }
}
