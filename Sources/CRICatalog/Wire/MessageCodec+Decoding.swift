extension MessageCodec {
    /// Decodes a message from its pieces as if they were one: protobuf merges what comes in several.
    ///
    /// All records of a field are gathered before any is decoded, so neither a list of many items nor a message cut
    /// into many pieces is ever copied per item.
    func message(
        _ name: String,
        _ bytes: [UInt8],
        _ pieces: [Range<Int>],
        depth: Int
    ) throws(WireError) -> Record {
        guard depth < Self.depthLimit else { throw WireError(.tooDeep, at: pieces.first?.lowerBound ?? 0) }
        var record = Record(type: name)
        guard let message = catalog.message(named: name) else { return record }
        var found: [Int: [WireRecord]] = [:]
        for piece in pieces {
            var reader = WireReader(bytes, range: piece)
            while let item = try reader.next() {
                guard let field = message.field(number: item.number), field.accepts(item.type) else { continue }
                found[item.number, default: []].append(item)
            }
        }
        for field in message.fields {
            guard let records = found[field.number] else { continue }
            do {
                record.fields[field.jsonName] = try value(of: field, from: records, in: bytes, depth: depth)
            } catch {
                throw error.named("\(name).\(field.name)")
            }
        }
        return record
    }

    /// The value of a field from all its records in the order they came; `nil` when that is the default.
    func value(
        of field: FieldDescriptor,
        from records: [WireRecord],
        in bytes: [UInt8],
        depth: Int = 0
    ) throws(WireError) -> Value? {
        switch field.type {
        case .map(let type):
            var entries: [String: Value] = [:]
            for record in records {
                let (key, value) = try entry(bytes, record.payload, type)
                entries[key] = value
            }
            return entries.isEmpty ? nil : .map(entries)
        case .message(let name) where !field.isRepeated:
            return records.isEmpty ? nil : .record(try message(name, bytes, records.map(\.payload), depth: depth + 1))
        case _ where field.isRepeated:
            var items: [Value] = []
            for record in records { try append(record, of: bytes, field.type, depth: depth, to: &items) }
            return items.isEmpty ? nil : .list(items)
        default:
            // The last one wins, also when it sets the default again; the others must still be readable.
            var last: Value?
            for record in records { last = try scalar(field.type, bytes, record) }
            return last?.isProtoDefault == false ? last : nil
        }
    }

    private func append(
        _ record: WireRecord,
        of bytes: [UInt8],
        _ type: FieldType,
        depth: Int,
        to items: inout [Value]
    ) throws(WireError) {
        if case .message(let name) = type {
            items.append(.record(try message(name, bytes, [record.payload], depth: depth + 1)))
        } else if type.isPackable, record.type == .lengthDelimited {
            var reader = WireReader(bytes, range: record.payload)
            while !reader.isAtEnd { items.append(try number(type, &reader)) }
        } else {
            items.append(try scalar(type, bytes, record))
        }
    }

    private func scalar(_ type: FieldType, _ bytes: [UInt8], _ record: WireRecord) throws(WireError) -> Value {
        switch type {
        case .bytes: return .bytes(Array(bytes[record.payload]))
        case .string:
            guard let text = String(validating: bytes[record.payload], as: UTF8.self) else {
                throw WireError(.invalidUTF8, at: record.range.lowerBound)
            }
            return .text(text)
        default:
            var reader = WireReader(bytes, range: record.payload)
            return try number(type, &reader)
        }
    }

    private func number(_ type: FieldType, _ reader: inout WireReader) throws(WireError) -> Value {
        switch type {
        case .double: return .double(Double(bitPattern: try reader.fixed(8)))
        case .bool: return .bool(try reader.varint() != 0)
        case .int32: return .integer(Int128(Int32(truncatingIfNeeded: try reader.varint())))
        case .int64: return .integer(Int128(Int64(bitPattern: try reader.varint())))
        case .uint32: return .integer(Int128(UInt32(truncatingIfNeeded: try reader.varint())))
        case .enumeration(let name):
            let number = Int32(truncatingIfNeeded: try reader.varint())
            guard let type = catalog.enumeration(named: name) else { return .integer(Int128(number)) }
            return .enumeration(EnumValue(type, number: number))
        default: return .integer(Int128(try reader.varint()))
        }
    }

    /// A map travels as a list of messages of a key (1) and a value (2), either of which may be missing.
    private func entry(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ type: FieldType
    ) throws(WireError) -> (String, Value) {
        var reader = WireReader(bytes, range: range)
        var key = ""
        var value = Value.unset(type, in: catalog) ?? .text("")
        while let part = try reader.next() {
            switch part.number {
            case 1 where part.type == .lengthDelimited: key = try scalar(.string, bytes, part).text ?? ""
            case 2 where type.accepts(part.type): value = try scalar(type, bytes, part)
            default: break
            }
        }
        return (key, value)
    }
}

extension FieldDescriptor {
    /// Whether a record of this wire type is this field; any other is an unknown field with its number.
    func accepts(_ wire: WireRecord.WireType) -> Bool {
        type.accepts(wire) || (isRepeated && type.isPackable && wire == .lengthDelimited)
    }
}

extension FieldType {
    func accepts(_ wire: WireRecord.WireType) -> Bool {
        switch self {
        case .bool, .int32, .int64, .uint32, .uint64, .enumeration: wire == .varint
        case .double: wire == .fixed64
        case .string, .bytes, .message, .map: wire == .lengthDelimited
        }
    }
}
