/// One tag and its payload inside an encoded message.
struct WireRecord {
    enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case startGroup = 3
        case endGroup = 4
        case fixed32 = 5
    }

    let number: Int
    let type: WireType
    /// The whole record, tag included.
    let range: Range<Int>
    /// The tag alone.
    let tag: Range<Int>
    /// The payload: the bytes after the length for a length-delimited field, the bytes of the number otherwise.
    let payload: Range<Int>
}

/// Walks the records of one encoded message without interpreting them; never traps, whatever the bytes.
///
/// https://protobuf.dev/programming-guides/encoding
struct WireReader {
    private let bytes: [UInt8]
    private let end: Int
    private(set) var position: Int

    init(_ bytes: [UInt8], range: Range<Int>? = nil) {
        self.bytes = bytes
        position = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// The next record, or `nil` at the end of the message.
    mutating func next() throws(WireError) -> WireRecord? {
        guard position < end else { return nil }
        let start = position
        let (number, type) = try tag()
        let tag = start..<position
        var payloadStart = position
        switch type {
        case .varint: _ = try varint()
        case .fixed64: try skip(8)
        case .fixed32: try skip(4)
        case .lengthDelimited:
            let length = try varint()
            payloadStart = position
            guard length <= UInt64(end - position) else { throw WireError(.truncated, at: start) }
            position += Int(length)
        case .startGroup: try skipGroup(number: number, from: start)
        case .endGroup: throw WireError(.strayEndGroup, at: start)
        }
        return WireRecord(
            number: number,
            type: type,
            range: start..<position,
            tag: tag,
            payload: payloadStart..<position
        )
    }

    /// Whether nothing is left.
    var isAtEnd: Bool { position >= end }

    /// Reads the varint at the cursor.
    mutating func varint() throws(WireError) -> UInt64 {
        var result: UInt64 = 0
        let start = position
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < end else { throw WireError(.truncated, at: start) }
            let byte = bytes[position]
            position += 1
            if shift < 64 { result |= UInt64(byte & 0x7f) << shift }
            if byte & 0x80 == 0 { return result }
        }
        throw WireError(.overlongVarint, at: start)
    }

    /// Reads `count` (4 or 8) little-endian bytes at the cursor.
    mutating func fixed(_ count: Int) throws(WireError) -> UInt64 {
        let start = position
        try skip(count)
        return bytes[start..<position].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func tag() throws(WireError) -> (Int, WireRecord.WireType) {
        let start = position
        let tag = try varint()
        guard let type = WireRecord.WireType(rawValue: tag & 7) else { throw WireError(.unknownWireType, at: start) }
        guard (1...536_870_911).contains(tag >> 3) else { throw WireError(.badFieldNumber, at: start) }
        return (Int(tag >> 3), type)
    }

    private mutating func skip(_ count: Int) throws(WireError) {
        guard end - position >= count else { throw WireError(.truncated, at: position) }
        position += count
    }

    /// Groups are gone from proto3 but may hide in unknown fields. A list, not recursion: depth is the sender's.
    private mutating func skipGroup(number: Int, from start: Int) throws(WireError) {
        var open = [number]
        while let innermost = open.last {
            guard position < end else { throw WireError(.truncated, at: start) }
            let (number, type) = try tag()
            switch type {
            case .varint: _ = try varint()
            case .fixed64: try skip(8)
            case .fixed32: try skip(4)
            case .lengthDelimited:
                let length = try varint()
                guard length <= UInt64(end - position) else { throw WireError(.truncated, at: start) }
                position += Int(length)
            case .startGroup: open.append(number)
            case .endGroup:
                guard number == innermost else { throw WireError(.strayEndGroup, at: start) }
                open.removeLast()
            }
        }
    }
}

/// Bytes that are not a message of the expected type.
public struct WireError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was wrong with them.
    public enum Reason: String, Sendable {
        case truncated = "the message ends in the middle of a field"
        case overlongVarint = "a varint is longer than ten bytes"
        case unknownWireType = "unknown wire type"
        case badFieldNumber = "field number out of range"
        case strayEndGroup = "end of a group that was not begun"
        case wrongWireType = "a known field has the wrong wire type"
        case invalidUTF8 = "a string is not valid UTF-8"
        case tooDeep = "messages nested deeper than 64 levels"
    }

    /// What was wrong.
    public let reason: Reason
    /// The offset in the message's bytes.
    public let offset: Int
    /// The field in question, `ContainerStatus.id`, when one is known.
    public let field: String?

    init(_ reason: Reason, at offset: Int, field: String? = nil) {
        self.reason = reason
        self.offset = offset
        self.field = field
    }

    /// The same error with the innermost field that holds the bytes in question.
    func named(_ name: String) -> WireError { field == nil ? WireError(reason, at: offset, field: name) : self }

    /// How messages show it.
    public var description: String {
        "\(reason.rawValue)\(field.map { " (\($0))" } ?? "") at byte \(offset)"
    }
}
