import CRICatalog

/// Values that differ from a given one: what an answer would hold if the runtime had got it wrong.
enum Altered {
    /// Another value of the same kind, as close as it can be.
    static func other(than value: Value) -> Value {
        switch value {
        case .bool(let bool): .bool(!bool)
        case .integer(let integer): .integer(integer + 1)
        case .double(let double): .double(double + 1)
        case .text(let text): .text(text + "~")
        case .bytes(let bytes): .bytes(bytes + [0x7e])
        case .enumeration(let member): .integer(Int128(member.number) + 1)
        case .list(let items): items.isEmpty ? .list([.text("~")]) : .list(Array(items.dropLast()))
        case .map(let entries): .map(entries.merging(["~": .text("~")]) { old, _ in old })
        case .record(let record): .record(changed(record))
        }
    }

    /// The value with nothing in it: what proto3 reads when the field was not sent.
    static func cleared(_ value: Value) -> Value? {
        switch value {
        case .bool: .bool(false)
        case .integer: .integer(0)
        case .double: .double(0)
        case .text: .text("")
        case .bytes: .bytes([])
        case .enumeration: .integer(0)
        case .list: .list([])
        case .map: .map([:])
        case .record: nil
        }
    }

    /// Something where there was nothing.
    static func filled(_ value: Value) -> Value? {
        switch value {
        case .bool: .bool(true)
        case .integer: .integer(1)
        case .double: .double(1)
        case .text: .text("~")
        case .bytes: .bytes([0x7e])
        case .list: .list([.text("~")])
        case .map: .map(["~": .text("~")])
        case .enumeration: .integer(1)
        case .record: nil
        }
    }

    /// A message with one of its fields changed, or with one it did not have.
    private static func changed(_ record: Record) -> Record {
        var copy = record
        if let name = record.fields.keys.filter({ !$0.isEmpty }).sorted().first, let value = record[name] {
            copy[name] = other(than: value)
        } else {
            copy["~"] = .text("~")
        }
        return copy
    }
}
