import SeededRandom

@testable import CRICatalog

/// Encodes a record as no tidy encoder would and every decoder must accept: fields in any order, lists partly packed
/// or not at all, lengths and tags padded, messages and lists in several pieces, unknown fields everywhere.
struct UntidyEncoder {
    private var generator: SeededGenerator
    private let codec = MessageCodec()

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func encode(_ record: Record) -> [UInt8] {
        guard let message = Catalog.cri.message(named: record.type) else { return [] }
        // Records of different fields may come in any order, those of one field may not.
        var queues = message.fields.compactMap { field in record[field.jsonName].map { records($0, field) } }
        queues.append(unknown(in: message))
        var bytes: [UInt8] = []
        while !queues.isEmpty {
            let index = Int.random(in: queues.indices, using: &generator)
            if queues[index].isEmpty { queues.remove(at: index) } else { bytes += queues[index].removeFirst() }
        }
        return bytes
    }

    private mutating func records(_ value: Value, _ field: FieldDescriptor) -> [[UInt8]] {
        switch (field.type, value) {
        case (.message, .record(let inner)):
            let bytes = encode(inner)
            // Cut between two of its records: a reader must put the pieces together again.
            guard generator.oneIn(4), let cut = boundaries(bytes).randomElement(using: &generator) else {
                return [framed(field.number, bytes)]
            }
            return [framed(field.number, Array(bytes[..<cut])), framed(field.number, Array(bytes[cut...]))]
        case (.message, .list(let items)):
            return items.map { framed(field.number, $0.record.map { encode($0) } ?? []) }
        case (_, .list(let items)) where field.type.isPackable: return numbers(items, field)
        case (.map, .map(let entries)):
            return entries.shuffled(using: &generator).map { plain(.map([$0.key: $0.value]), field) }
        case (_, .list(let items)): return items.map { plain(.list([$0]), field) }
        default: return [plain(value, field)]
        }
    }

    /// Each number alone or several packed together.
    private mutating func numbers(_ items: [Value], _ field: FieldDescriptor) -> [[UInt8]] {
        var rest = items[...]
        var result: [[UInt8]] = []
        while let first = rest.first {
            if generator.oneIn(2) {
                var writer = WireWriter()
                codec.encodeItem(first, field.number, field.type, &writer)
                result.append(writer.bytes)
                rest = rest.dropFirst()
            } else {
                let count = Int.random(in: 1...rest.count, using: &generator)
                result.append(plain(.list(Array(rest.prefix(count))), field))
                rest = rest.dropFirst(count)
            }
        }
        return result
    }

    private func plain(_ value: Value, _ field: FieldDescriptor) -> [UInt8] {
        var writer = WireWriter()
        codec.encode(value, field, &writer)
        return writer.bytes
    }

    private mutating func framed(_ number: Int, _ payload: [UInt8]) -> [UInt8] {
        var writer = WireWriter()
        writer.tag(number, .lengthDelimited)
        var bytes = writer.bytes
        var length = WireWriter()
        length.varint(UInt64(payload.count))
        bytes += length.bytes
        if generator.oneIn(3) {
            // A varint may be written longer than it needs to be.
            bytes[bytes.count - 1] |= 0x80
            bytes.append(0)
        }
        return bytes + payload
    }

    private mutating func unknown(in message: MessageDescriptor) -> [[UInt8]] {
        (0..<Int.random(in: 0...2, using: &generator)).map { _ in
            let number = generator.pick([900, 19_999, 536_870_911])
            var writer = WireWriter()
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                writer.tag(number, .varint)
                writer.varint(generator.next())
            case 1:
                writer.tag(number, .fixed64)
                writer.fixed64(generator.next())
            case 2:
                writer.tag(number, .startGroup)
                writer.lengthDelimited(1, [1, 2, 3])
                writer.tag(number, .endGroup)
            default: writer.lengthDelimited(number, [0xff, 0xfe])
            }
            return writer.bytes
        }
    }

    private func boundaries(_ bytes: [UInt8]) -> [Int] {
        var reader = WireReader(bytes)
        var result: [Int] = []
        while let record = try? reader.next() { result.append(record.range.upperBound) }
        return result
    }
}
