/// Encodes and decodes any message of the catalogue, without generated code.
///
/// Suites name fields, so everything they send and read goes through here; the tests hold it equal to SwiftProtobuf
/// over all 175 messages.
public struct MessageCodec: Sendable {
    /// Messages may nest this deep; the CRI's own do not pass eight.
    static let depthLimit = 64
    let catalog: Catalog

    /// Creates a codec for the messages of a catalogue.
    public init(_ catalog: Catalog = .cri) { self.catalog = catalog }

    /// Decodes the message `name`. Fields the catalogue does not know are skipped.
    ///
    /// - Throws: `WireError` when the bytes are no such message, as a protobuf library would refuse them.
    public func decode(_ bytes: [UInt8], as name: String) throws(WireError) -> Record {
        var record = Record(type: name)
        try merge(bytes, 0..<bytes.count, into: &record, depth: 0)
        return record
    }

    /// Encodes a record of a message; fields the message does not have are left out.
    public func encode(_ record: Record) -> [UInt8] {
        var writer = WireWriter()
        guard let message = catalog.message(named: record.type) else { return [] }
        for field in message.fields.sorted(by: { $0.number < $1.number }) {
            guard let value = record.fields[field.jsonName] else { continue }
            encode(value, field, &writer)
        }
        return writer.bytes
    }

    /// Encodes one field's value as it stands in a message, tag included.
    func encode(_ value: Value, _ field: FieldDescriptor, _ writer: inout WireWriter) {
        switch (field.type, value) {
        case (.map(let type), .map(let entries)):
            for (key, item) in entries.sorted(by: { $0.key < $1.key }) {
                var entry = WireWriter()
                entry.lengthDelimited(1, Array(key.utf8))
                encode(item, 2, type, &entry)
                writer.lengthDelimited(field.number, entry.bytes)
            }
        case (_, .list(let items)) where field.isRepeated && field.type.isPackable:
            guard !items.isEmpty else { return }
            var packed = WireWriter()
            for item in items { encodePacked(item, field.type, &packed) }
            writer.lengthDelimited(field.number, packed.bytes)
        case (_, .list(let items)) where field.isRepeated:
            for item in items { encode(item, field.number, field.type, &writer) }
        default:
            // proto3 does not send default scalars.
            if value == Value.unset(field.type, in: catalog) { return }
            encode(value, field.number, field.type, &writer)
        }
    }

    private func encode(_ value: Value, _ number: Int, _ type: FieldType, _ writer: inout WireWriter) {
        switch value {
        case .text(let text): writer.lengthDelimited(number, Array(text.utf8))
        case .bytes(let bytes): writer.lengthDelimited(number, bytes)
        case .record(let record): writer.lengthDelimited(number, encode(record))
        default:
            writer.tag(number, type == .double ? .fixed64 : .varint)
            encodePacked(value, type, &writer)
        }
    }

    private func encodePacked(_ value: Value, _ type: FieldType, _ writer: inout WireWriter) {
        switch value {
        case .bool(let bool): writer.varint(bool ? 1 : 0)
        case .integer(let integer):
            if type == .double { return writer.fixed64(Double(integer).bitPattern) }
            writer.varint(UInt64(truncatingIfNeeded: integer))
        case .enumeration(let member): writer.varint(UInt64(bitPattern: Int64(member.number)))
        case .double(let double): writer.fixed64(double.bitPattern)
        default: break
        }
    }
}

// MARK: - Decoding

extension MessageCodec {
    private func merge(
        _ bytes: [UInt8], _ range: Range<Int>, into record: inout Record, depth: Int
    ) throws(WireError) {
        guard depth < Self.depthLimit else { throw WireError(.tooDeep, at: range.lowerBound) }
        guard let message = catalog.message(named: record.type) else { return }
        var reader = WireReader(bytes, range: range)
        while let item = try reader.next() {
            guard let field = message.field(number: item.number) else { continue }
            try merge(item, of: bytes, field, into: &record, depth: depth)
        }
    }

    private func merge(
        _ item: WireRecord, of bytes: [UInt8], _ field: FieldDescriptor, into record: inout Record, depth: Int
    ) throws(WireError) {
        let name = field.jsonName
        func misfit(_ reason: WireError.Reason) -> WireError {
            WireError(reason, at: item.range.lowerBound, field: "\(record.type).\(field.name)")
        }
        if field.isRepeated, field.type.isPackable, item.type == .lengthDelimited {
            var reader = WireReader(bytes, range: item.payload)
            var items = record.fields[name]?.list ?? []
            while reader.position < item.payload.upperBound { items.append(try number(field.type, &reader)) }
            if !items.isEmpty { record.fields[name] = .list(items) }
            return
        }
        switch field.type {
        case .map(let type):
            guard item.type == .lengthDelimited else { throw misfit(.wrongWireType) }
            let (key, value) = try entry(bytes, item.payload, type, misfit, depth: depth)
            guard case .map(var entries) = record.fields[name] ?? .map([:]) else { return }
            entries[key] = value
            record.fields[name] = .map(entries)
        case .message(let type):
            guard item.type == .lengthDelimited else { throw misfit(.wrongWireType) }
            // A singular message that comes in several pieces is merged, as every protobuf library does.
            let earlier = field.isRepeated ? nil : record.fields[name]?.record
            var inner = earlier ?? Record(type: type)
            try merge(bytes, item.payload, into: &inner, depth: depth + 1)
            set(.record(inner), field, &record)
        case .string, .bytes:
            guard item.type == .lengthDelimited else { throw misfit(.wrongWireType) }
            set(try blob(field.type, bytes[item.payload], misfit), field, &record)
        case .double:
            guard item.type == .fixed64 else { throw misfit(.wrongWireType) }
            var reader = WireReader(bytes, range: item.payload)
            set(try number(field.type, &reader), field, &record)
        default:
            guard item.type == .varint else { throw misfit(.wrongWireType) }
            var reader = WireReader(bytes, range: item.payload)
            set(try number(field.type, &reader), field, &record)
        }
    }

    private func set(_ value: Value, _ field: FieldDescriptor, _ record: inout Record) {
        if field.isRepeated {
            record.fields[field.jsonName] = .list((record.fields[field.jsonName]?.list ?? []) + [value])
        } else if value == Value.unset(field.type, in: catalog) {
            // The last occurrence wins, also when it sets the default again.
            record.fields[field.jsonName] = nil
        } else {
            record.fields[field.jsonName] = value
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

    private func blob(
        _ type: FieldType, _ payload: ArraySlice<UInt8>, _ misfit: (WireError.Reason) -> WireError
    ) throws(WireError) -> Value {
        guard type == .string else { return .bytes(Array(payload)) }
        guard let text = String(validating: payload, as: UTF8.self) else { throw misfit(.invalidUTF8) }
        return .text(text)
    }

    private func entry(
        _ bytes: [UInt8], _ range: Range<Int>, _ type: FieldType,
        _ misfit: (WireError.Reason) -> WireError, depth: Int
    ) throws(WireError) -> (String, Value) {
        var reader = WireReader(bytes, range: range)
        var key = ""
        var value = Value.unset(type, in: catalog) ?? .text("")
        while let item = try reader.next() {
            guard item.number <= 2 else { continue }
            guard item.type == .lengthDelimited else { throw misfit(.wrongWireType) }
            let part = try blob(item.number == 1 ? .string : type, bytes[item.payload], misfit)
            if item.number == 1 { key = part.text ?? "" } else { value = part }
        }
        return (key, value)
    }
}
