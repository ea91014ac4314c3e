/// What happens at the end of a path.
extension WireEditor {
    func last(_ site: FieldSite, _ edit: Edit) throws(WireError) -> [Splice]? {
        let field = site.step.field
        switch (site.step.item, edit) {
        case (nil, .set(let value)):
            return codec.fits(value, field) ? site.replaceAll(by: encoded(value, field)) : nil
        case (nil, .clear): return site.records.isEmpty ? nil : site.replaceAll(by: [])
        case (nil, .append(let value)):
            guard field.isRepeated, codec.fits(value, field.type) else { return nil }
            // In the manner of the items before it, packed or not.
            let isPacked = field.type.isPackable && site.records.last?.type ?? .lengthDelimited == .lengthDelimited
            let new = isPacked ? encoded(.list([value]), field) : encodedItem(value, field)
            return [Splice(range: site.end..<site.end, bytes: new)]
        case (nil, .duplicate), (_?, .append): return nil
        case (.key(let key)?, _): return try entry(site, key, edit)
        case (.index(let index)?, _):
            return field.type.isPackable ? try number(site, index, edit) : item(site, index, edit)
        }
    }

    private func item(_ site: FieldSite, _ index: Int, _ edit: Edit) -> [Splice]? {
        guard let position = Self.position(index, site.records.count) else { return nil }
        let range = site.records[position].range
        switch edit {
        case .set(let value):
            guard codec.fits(value, site.step.field.type) else { return nil }
            return [Splice(range: range, bytes: encodedItem(value, site.step.field))]
        case .clear: return [Splice(range: range, bytes: [])]
        case .duplicate: return [Splice(range: range.upperBound..<range.upperBound, bytes: Array(site.bytes[range]))]
        case .append: return nil
        }
    }

    /// A number of a list may have a record of its own or stand in a packed one among others.
    private func number(_ site: FieldSite, _ index: Int, _ edit: Edit) throws(WireError) -> [Splice]? {
        let type = site.step.field.type
        var places: [(record: WireRecord, range: Range<Int>)] = []
        for record in site.records {
            var reader = WireReader(site.bytes, range: record.payload)
            while !reader.isAtEnd {
                let start = reader.position
                _ = type == .double ? try reader.fixed(8) : try reader.varint()
                places.append((record, start..<reader.position))
            }
        }
        guard let position = Self.position(index, places.count) else { return nil }
        let (record, range) = places[position]
        let isPacked = record.type == .lengthDelimited
        let old = Array(site.bytes[range])
        var new: [UInt8]
        switch edit {
        case .set(let value):
            guard codec.fits(value, type) else { return nil }
            var writer = WireWriter()
            codec.encodeNumber(value, type, &writer)
            new = writer.bytes
        case .clear: new = []
        case .duplicate: new = isPacked ? old + old : old + Array(site.bytes[record.tag]) + old
        case .append: return nil
        }
        let payload =
            Array(site.bytes[record.payload.lowerBound..<range.lowerBound]) + new
            + Array(site.bytes[range.upperBound..<record.payload.upperBound])
        if payload.isEmpty { return [Splice(range: record.range, bytes: [])] }
        return [isPacked ? site.reframe(record, payload) : Splice(range: range, bytes: new)]
    }

    private func entry(_ site: FieldSite, _ key: String, _ edit: Edit) throws(WireError) -> [Splice]? {
        var matches: [WireRecord] = []
        for record in site.records {
            var name: ArraySlice<UInt8> = []
            var reader = WireReader(site.bytes, range: record.payload)
            while let part = try reader.next() {
                if part.number == 1, part.type == .lengthDelimited { name = site.bytes[part.payload] }
            }
            if name.elementsEqual(key.utf8) { matches.append(record) }
        }
        // Of several entries with one key the last counts; the others go with it.
        let entries = FieldSite(bytes: site.bytes, step: site.step, records: matches, end: site.end)
        switch edit {
        case .set(let value):
            let new = Value.map([key: value])
            return codec.fits(new, site.step.field) ? entries.replaceAll(by: encoded(new, site.step.field)) : nil
        case .clear: return matches.isEmpty ? nil : entries.replaceAll(by: [])
        case .append, .duplicate: return nil
        }
    }

    private func encoded(_ value: Value, _ field: FieldDescriptor) -> [UInt8] {
        var writer = WireWriter()
        codec.encode(value, field, &writer)
        return writer.bytes
    }

    private func encodedItem(_ value: Value, _ field: FieldDescriptor) -> [UInt8] {
        var writer = WireWriter()
        codec.encodeItem(value, field.number, field.type, &writer)
        return writer.bytes
    }
}
