import CRICatalog
import SeededRandom

/// Records of any message, with the values that codecs get wrong: extremes, defaults, empty messages, odd texts.
struct RandomRecords {
    var generator: SeededGenerator
    private let catalog = Catalog.cri

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func record(_ name: String) -> Record {
        var record = Record(type: name)
        guard let message = catalog.message(named: name) else { return record }
        let density = generator.pick([1, 1, 2, 4])
        for field in message.fields where generator.oneIn(density) {
            record.fields[field.jsonName] = RecordModel.normal(value(field))
        }
        return record
    }

    /// A value of the field; may be its default.
    mutating func value(_ field: FieldDescriptor) -> Value {
        guard field.isRepeated else { return value(field.type) }
        return .list((0..<Int.random(in: 0...3, using: &generator)).map { _ in value(field.type) })
    }

    /// One value of a type, for a list also one item.
    mutating func value(_ type: FieldType) -> Value {
        switch type {
        case .bool: .bool(generator.oneIn(2))
        case .int32: .integer(Int128(integer(Int32.self)))
        case .int64: .integer(Int128(integer(Int64.self)))
        case .uint32: .integer(Int128(integer(UInt32.self)))
        case .uint64: .integer(Int128(integer(UInt64.self)))
        case .double:
            .double(
                generator.pick([0, -0.0, 1, -1.5, 1e300, .leastNonzeroMagnitude, .infinity, 0.1, 123_456_789.25, 1e15])
            )
        case .string: .text(text())
        case .bytes:
            .bytes((0..<Int.random(in: 0...9, using: &generator)).map { _ in .random(in: 0...255, using: &generator) })
        case .enumeration(let name): enumeration(name)
        case .message(let name): .record(record(name))
        case .map(let item): map(item)
        }
    }

    private mutating func integer<Number: FixedWidthInteger>(_: Number.Type) -> Number {
        generator.oneIn(2)
            ? generator.pick([0, 1, 0 &- 1, .min, .max, 127, 100])
            : Number.random(in: .min ... .max, using: &generator)
    }

    private mutating func text() -> String {
        let choices = ["", "a", "pod", "é", "日本", "\u{1F600}", "\0", "\"\\/\n\t\u{1}\u{7f}\u{2028}", "x.y/z[0]"]
        return generator.pick(choices) + (generator.oneIn(2) ? String(generator.next(), radix: 36) : "")
    }

    private mutating func enumeration(_ name: String) -> Value {
        guard let type = catalog.enumeration(named: name) else { return .integer(0) }
        let unknown: Int32 = generator.pick([-1, 4711, .min, .max])
        let number = generator.oneIn(5) ? unknown : generator.pick(type.members).number
        return .enumeration(EnumValue(type, number: number))
    }

    private mutating func map(_ item: FieldType) -> Value {
        var entries: [String: Value] = [:]
        for _ in 0..<Int.random(in: 0...3, using: &generator) { entries[text()] = value(item) }
        return .map(entries)
    }
}
