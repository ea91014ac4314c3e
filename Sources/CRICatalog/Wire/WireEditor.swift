/// Reads and changes one field of an encoded message and leaves every other byte as it was, unknown fields included.
///
/// Faults and mutations act on recorded and relayed bytes, so what they do not name must not change: neither order
/// nor packing nor what a newer CRI added. Only the lengths of the messages around the field are written anew.
/// A message on the path that comes in several pieces (legal, and never seen from a real encoder) is joined into the
/// last of them first, for its items are counted over all pieces.
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

    let codec: MessageCodec

    /// Creates an editor for messages of a catalogue.
    public init(_ catalog: Catalog = .cri) { codec = MessageCodec(catalog) }

    /// The value at the path; a scalar that was not sent is its default, a message that was not sent is `nil`, and so
    /// is everything below it, an item that is not there and an entry that is not there.
    ///
    /// Only what lies on the path is decoded.
    /// - Throws: `WireError` when the bytes on the way are not the messages they should be.
    public func read(_ path: WirePath, in bytes: [UInt8]) throws(WireError) -> Value? {
        var pieces = [0..<bytes.count]
        for step in path.steps.dropLast() {
            let records = try records(of: step.field, in: bytes, pieces)
            switch step.item {
            case nil: pieces = records.map(\.payload)
            case .index(let index)?: pieces = Self.position(index, records.count).map { [records[$0].payload] } ?? []
            case .key?: return nil
            }
            if pieces.isEmpty { return nil }
        }
        guard let step = path.steps.last else { return nil }
        let records = try records(of: step.field, in: bytes, pieces)
        switch step.item {
        case nil:
            return try codec.value(of: step.field, from: records, in: bytes)
                ?? Value.unset(step.field, in: codec.catalog)
        case .key(let key)?:
            guard case .map(let entries)? = try codec.value(of: step.field, from: records, in: bytes) else {
                return nil
            }
            return entries[key]
        case .index(let index)? where step.field.type.isPackable:
            let items = try codec.value(of: step.field, from: records, in: bytes)?.list ?? []
            return Self.position(index, items.count).map { items[$0] }
        case .index(let index)?:
            guard let position = Self.position(index, records.count) else { return nil }
            return try codec.value(of: step.field, from: [records[position]], in: bytes)?.list?.first
        }
    }

    /// The message with the edit made; `nil` when the path leads nowhere in these bytes (an item that is not there,
    /// or, for anything but `set` and `append`, a field that was not sent) or when the value is of another kind than
    /// the field.
    ///
    /// - Throws: `WireError` when the bytes on the way are not the messages they should be.
    public func apply(_ edit: Edit, at path: WirePath, to bytes: [UInt8]) throws(WireError) -> [UInt8]? {
        // Only giving something makes a message that was not there.
        let makesParents =
            switch edit {
            case .set, .append: true
            case .clear, .duplicate: false
            }
        return try rewrite(bytes, 0..<bytes.count, path.steps[...], makesParents: makesParents) {
            (site) throws(WireError) in try last(site, edit)
        }
    }

    // MARK: - Walking

    /// What changes in the innermost message; `nil` when the path leads nowhere.
    typealias Leaf = (FieldSite) throws(WireError) -> [Splice]?

    /// The part of `bytes` in `range`, a message, with the change made.
    ///
    /// - Parameter makesParents: whether messages on the way that are not there are made.
    func rewrite(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ steps: ArraySlice<WirePath.Step>,
        makesParents: Bool,
        _ leaf: Leaf
    ) throws(WireError) -> [UInt8]? {
        guard let step = steps.first else { return nil }
        let records = try records(of: step.field, in: bytes, [range])
        let end = records.last?.range.upperBound ?? range.upperBound
        let site = FieldSite(bytes: bytes, step: step, records: records, end: end)
        let splices =
            steps.count == 1
            ? try leaf(site) : try descend(site, steps.dropFirst(), makesParents: makesParents, leaf)
        guard let splices else { return nil }
        var result: [UInt8] = []
        var position = range.lowerBound
        for splice in splices {
            result += bytes[position..<splice.range.lowerBound]
            result += splice.bytes
            position = splice.range.upperBound
        }
        return result + bytes[position..<range.upperBound]
    }

    private func descend(
        _ site: FieldSite,
        _ rest: ArraySlice<WirePath.Step>,
        makesParents: Bool,
        _ leaf: Leaf
    ) throws(WireError) -> [Splice]? {
        var records = site.records
        switch site.step.item {
        case .key?: return nil
        case .index(let index)?:
            guard let position = Self.position(index, records.count) else { return nil }
            records = [records[position]]
        case nil: break
        }
        guard let last = records.last else {
            guard makesParents, let inner = try rewrite([], 0..<0, rest, makesParents: true, leaf) else { return nil }
            var writer = WireWriter()
            writer.lengthDelimited(site.step.field.number, inner)
            return [Splice(range: site.end..<site.end, bytes: writer.bytes)]
        }
        let inner: [UInt8]?
        if records.count == 1 {
            inner = try rewrite(site.bytes, last.payload, rest, makesParents: makesParents, leaf)
        } else {
            let joined = records.flatMap { site.bytes[$0.payload] }
            inner = try rewrite(joined, 0..<joined.count, rest, makesParents: makesParents, leaf)
        }
        guard let inner else { return nil }
        return records.dropLast().map { Splice(range: $0.range, bytes: []) } + [site.reframe(last, inner)]
    }

    /// The records of one field in the pieces of a message; those of another wire type are unknown fields.
    private func records(
        of field: FieldDescriptor,
        in bytes: [UInt8],
        _ pieces: [Range<Int>]
    ) throws(WireError) -> [WireRecord] {
        var records: [WireRecord] = []
        for piece in pieces {
            var reader = WireReader(bytes, range: piece)
            while let record = try reader.next() {
                if record.number == field.number, field.accepts(record.type) { records.append(record) }
            }
        }
        return records
    }

    static func position(_ index: Int, _ count: Int) -> Int? {
        let position = index < 0 ? count + index : index
        return (0..<count).contains(position) ? position : nil
    }
}

/// Bytes that take the place of a range; an empty range inserts.
struct Splice {
    let range: Range<Int>
    let bytes: [UInt8]
}

/// A field of one message: the step that names it and what there is of it.
struct FieldSite {
    let bytes: [UInt8]
    let step: WirePath.Step
    let records: [WireRecord]
    /// Where something new is put: behind the last record, or at the end of the message.
    let end: Int

    /// The same length-delimited record around another payload; its tag stays as the sender wrote it.
    func reframe(_ record: WireRecord, _ payload: [UInt8]) -> Splice {
        var writer = WireWriter()
        writer.raw(bytes[record.tag])
        writer.varint(UInt64(payload.count))
        writer.raw(payload)
        return Splice(range: record.range, bytes: writer.bytes)
    }

    /// All records gone, and in place of the last one, or where one would be put, these bytes.
    func replaceAll(by new: [UInt8]) -> [Splice] {
        guard let last = records.last else { return [Splice(range: end..<end, bytes: new)] }
        return records.dropLast().map { Splice(range: $0.range, bytes: []) } + [Splice(range: last.range, bytes: new)]
    }
}
