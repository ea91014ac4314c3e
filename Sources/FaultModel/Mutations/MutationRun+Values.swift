internal import CRICatalog

/// Values and the fields they are meant for.
extension MutationRun {
    /// Refuses what can be seen to be wrong without any message.
    func check(_ pattern: FieldPattern) throws(FieldPatternError) {
        guard let last = pattern.steps.last else { return }
        let field = last.field
        let isWholeList = field.isRepeated && last.selector == nil
        switch operation {
        case .set(let value) where fitted(value, to: field.type, list: isWholeList) == nil:
            throw FieldPatternError("'\(pattern)': this value does not fit \(field.jsonName)")
        case .add(let value) where isWholeList:
            guard fitted(value, to: field.type, list: false) != nil else {
                throw FieldPatternError("'\(pattern)': this item does not fit \(field.jsonName)")
            }
        case .add, .scale:
            guard field.type.isPackable, field.type != .bool else {
                throw FieldPatternError("'\(pattern)' is no number")
            }
        case .drop, .filter, .repeat:
            guard field.isRepeated, !field.type.isPackable else {
                throw FieldPatternError("'\(pattern)' is no list of messages or texts")
            }
        case .pad where !isText(field): throw FieldPatternError("'\(pattern)' is neither text nor bytes")
        default: break
        }
    }

    func isText(_ field: FieldDescriptor) -> Bool { field.type == .string || field.type == .bytes }

    /// The value in the kind the field takes: an enum may be named by text. `nil` when it does not fit.
    func fitted(_ value: Value, to type: FieldType, list: Bool) -> Value? {
        switch (type, value) {
        case (_, .list(let items)) where list:
            var fittedItems: [Value] = []
            for item in items {
                guard let item = fitted(item, to: type, list: false) else { return nil }
                fittedItems.append(item)
            }
            return .list(fittedItems)
        case (.enumeration(let name), .text(let text)):
            guard let type = catalog.enumeration(named: name), let member = type.member(named: text) else { return nil }
            return .enumeration(EnumValue(type, number: member.number))
        case (.map(let type), .map(let entries)): return entries.values.allSatisfy { fits($0, type) } ? value : nil
        // One entry of a map is set by its key.
        case (.map(let type), _): return fits(value, type) ? value : nil
        case _ where list: return nil
        default: return fits(value, type) ? value : nil
        }
    }

    private func fits(_ value: Value, _ type: FieldType) -> Bool {
        switch (type, value) {
        case (.bool, .bool), (.string, .text), (.bytes, .bytes), (.bytes, .text), (.double, .double),
            (.double, .integer), (.enumeration, .enumeration):
            true
        case (.int32, .integer(let number)), (.int64, .integer(let number)), (.uint32, .integer(let number)),
            (.uint64, .integer(let number)), (.enumeration, .integer(let number)):
            Self.range(of: type).contains(number)
        case (.message(let name), .record(let record)): record.type == name
        default: false
        }
    }

    /// The bytes of an item that takes another's place.
    func payload(_ value: Value, _ field: FieldDescriptor) -> [UInt8]? {
        switch fitted(value, to: field.type, list: false) {
        case .text(let text)?: Array(text.utf8)
        case .bytes(let bytes)?: bytes
        case .record(let record)?: MessageCodec(catalog).encode(record)
        default: nil
        }
    }

    func filler(_ count: Int) -> [UInt8] {
        Array(repeating: UInt8(ascii: "x"), count: min(max(0, count), Mutation.growthLimit))
    }

    static func range(of type: FieldType) -> ClosedRange<Int128> {
        type.range ?? Int128(Int64.min)...Int128(Int64.max)
    }
}

extension ClosedRange<Int128> {
    func clamp(_ number: Int128) -> Int128 { Swift.min(Swift.max(lowerBound, number), upperBound) }
}

/// Bytes that every protobuf library reads and no CRI client looks at.
enum UnknownField {
    /// The largest field number there is; no message of the CRI will have it.
    private static let number: UInt64 = 536_870_911

    /// A field of so many bytes, its own few extra.
    static func filler(_ count: Int) -> [UInt8] {
        let size = min(max(0, count), Mutation.growthLimit)
        return varint(number << 3 | 2) + varint(UInt64(size)) + Array(repeating: UInt8(ascii: "x"), count: size)
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var result: [UInt8] = []
        while rest >= 0x80 {
            result.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return result + [UInt8(rest)]
    }
}

extension Value {
    /// The value as matches compare it: numbers in digits, enums by name, bytes as UTF-8.
    var plainText: String {
        switch self {
        case .bool(let bool): bool ? "true" : "false"
        case .integer(let integer): "\(integer)"
        case .double(let double): "\(double)"
        case .text(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .enumeration(let member): member.description
        case .list, .map, .record: ""
        }
    }
}
