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

    /// Decodes the message `name`. Fields the catalogue does not know are skipped, and so are known ones with another
    /// wire type than theirs, as current protobuf libraries do.
    ///
    /// - Throws: `WireError` when the bytes are no such message, as a protobuf library would refuse them.
    public func decode(_ bytes: [UInt8], as name: String) throws(WireError) -> Record {
        try message(name, bytes, [0..<bytes.count], depth: 0)
    }

    /// Encodes a record of a message; fields the message does not have, and values that do not fit theirs, are left
    /// out.
    public func encode(_ record: Record) -> [UInt8] { encode(record, as: record.type) }

    /// What the schema says of a field wins over what a record says of itself.
    private func encode(_ record: Record, as name: String) -> [UInt8] {
        guard let message = catalog.message(named: name) else { return [] }
        var writer = WireWriter()
        for field in message.fieldsByNumber {
            guard let value = record.fields[field.jsonName] else { continue }
            encode(value, field, &writer)
        }
        return writer.bytes
    }

    /// Encodes one field's value as it stands in a message, tag included; nothing for the default.
    func encode(_ value: Value, _ field: FieldDescriptor, _ writer: inout WireWriter) {
        switch (field.type, value) {
        case (.map(let type), .map(let entries)):
            for (key, item) in entries.sorted(by: { $0.key < $1.key }) {
                var entry = WireWriter()
                entry.lengthDelimited(1, Array(key.utf8))
                encodeItem(item, 2, type, &entry)
                writer.lengthDelimited(field.number, entry.bytes)
            }
        case (_, .list(let items)) where field.isRepeated && field.type.isPackable:
            guard !items.isEmpty else { return }
            var packed = WireWriter()
            for item in items { encodeNumber(item, field.type, &packed) }
            writer.lengthDelimited(field.number, packed.bytes)
        case (_, .list(let items)) where field.isRepeated:
            for item in items { encodeItem(item, field.number, field.type, &writer) }
        default:
            // proto3 does not send default scalars.
            if field.isRepeated || value.isProtoDefault { return }
            encodeItem(value, field.number, field.type, &writer)
        }
    }

    /// Encodes one value with its tag, also when it is the default.
    func encodeItem(_ value: Value, _ number: Int, _ type: FieldType, _ writer: inout WireWriter) {
        switch (type, value) {
        case (.string, .text(let text)), (.bytes, .text(let text)):
            writer.lengthDelimited(number, Array(text.utf8))
        case (.bytes, .bytes(let bytes)): writer.lengthDelimited(number, bytes)
        case (.message(let name), .record(let record)): writer.lengthDelimited(number, encode(record, as: name))
        default:
            guard type.isPackable, fits(value, type) else { return }
            writer.tag(number, type == .double ? .fixed64 : .varint)
            encodeNumber(value, type, &writer)
        }
    }

    /// Encodes one number without a tag, as it stands in a packed list.
    func encodeNumber(_ value: Value, _ type: FieldType, _ writer: inout WireWriter) {
        switch (type, value) {
        case (.double, .double(let double)): writer.fixed64(double.bitPattern)
        case (.double, .integer(let integer)): writer.fixed64(Double(integer).bitPattern)
        case (.bool, .bool(let bool)): writer.varint(bool ? 1 : 0)
        case (.enumeration, .enumeration(let member)): writer.varint(UInt64(bitPattern: Int64(member.number)))
        case (.int32, .integer(let integer)), (.int64, .integer(let integer)), (.uint32, .integer(let integer)),
            (.uint64, .integer(let integer)), (.enumeration, .integer(let integer)):
            writer.varint(UInt64(truncatingIfNeeded: integer))
        default: break
        }
    }

    /// Whether a value is of the kind a field takes; `.integer` also stands for an enum's number and for a double.
    func fits(_ value: Value, _ field: FieldDescriptor) -> Bool {
        switch (field.type, value) {
        case (.map(let type), .map(let entries)): entries.values.allSatisfy { fits($0, type) }
        case (_, .list(let items)) where field.isRepeated: items.allSatisfy { fits($0, field.type) }
        default: !field.isRepeated && fits(value, field.type)
        }
    }

    func fits(_ value: Value, _ type: FieldType) -> Bool {
        switch (type, value) {
        case (.bool, .bool), (.string, .text), (.bytes, .text), (.bytes, .bytes), (.message, .record),
            (.double, .double), (.double, .integer), (.enumeration, .enumeration), (.enumeration, .integer),
            (.int32, .integer), (.int64, .integer), (.uint32, .integer), (.uint64, .integer):
            true
        default: false
        }
    }
}
