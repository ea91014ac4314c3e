internal import NIOCore

/// Reads header blocks and keeps step with their sender's table, whatever becomes of the blocks.
///
/// Unlike a decoder in an endpoint it never gives up in the middle of a block for its size: it goes on for the table's
/// sake and only drops the fields (relay-contract 15). Once it reports an error it is out of step for good.
struct HeaderDecoder {
    /// The size of a list as RFC 7541 counts it; longer ones are not kept. One block may name one large field of the
    /// table many times.
    static let listLimit = 16 << 20

    /// What a block came to.
    enum Outcome: Equatable {
        case fields(HeaderList)
        /// Longer than ``HeaderDecoder/listLimit``.
        case tooLong
        /// No block, or not of this connection.
        case failed
    }

    private var table = DynamicTable(capacity: 4096)
    /// The largest table the sender may use: what its peer's SETTINGS allow, or ever allowed, for only the sender's
    /// own size update tells when it has taken notice.
    private var allowed = 4096

    /// Takes note of a SETTINGS_HEADER_TABLE_SIZE that went to the sender.
    mutating func allow(_ size: UInt32) { allowed = max(allowed, min(Int(size), DynamicTable.sizeLimit)) }

    /// Decodes a whole block.
    mutating func decode(_ block: ByteBuffer) -> Outcome {
        var block = block
        var fields: HeaderList = []
        fields.reserveCapacity(12)
        var size = 0
        while let first = block.readInteger(as: UInt8.self) {
            guard let entry = entry(first, &block) else { return .failed }
            guard case .field(let field) = entry else {
                // A size update stands before all fields (RFC 7541 section 4.2).
                if size > 0 { return .failed }
                continue
            }
            size += field.size
            if size <= Self.listLimit { fields.append(field) } else { fields = [] }
        }
        return size <= Self.listLimit ? .fields(fields) : .tooLong
    }

    private enum Entry {
        case field(HeaderField)
        case sizeUpdate
    }

    /// The forms a field comes in (RFC 7541 section 6).
    private mutating func entry(_ first: UInt8, _ block: inout ByteBuffer) -> Entry? {
        if first & 0x80 != 0 {
            guard let index = block.readHPACKInteger(first: first, prefix: 7) else { return nil }
            return field(at: index).map { .field($0) }
        }
        if first & 0x40 != 0 {
            guard let field = literal(first, prefix: 6, &block) else { return nil }
            table.add(field)
            return .field(field)
        }
        if first & 0x20 != 0 {
            guard let size = block.readHPACKInteger(first: first, prefix: 5), size <= allowed else { return nil }
            table.resize(size)
            return .sizeUpdate
        }
        guard var field = literal(first, prefix: 4, &block) else { return nil }
        field.isNeverIndexed = first & 0x10 != 0
        return .field(field)
    }

    private func field(at index: Int) -> HeaderField? {
        guard index > 0 else { return nil }
        let fixed = StaticTable.fields
        return index <= fixed.count ? fixed[index - 1] : table[index - fixed.count - 1]
    }

    private func literal(_ first: UInt8, prefix: Int, _ block: inout ByteBuffer) -> HeaderField? {
        guard let index = block.readHPACKInteger(first: first, prefix: prefix) else { return nil }
        let name: [UInt8]?
        if index == 0 { name = Self.string(&block) } else { name = field(at: index)?.name }
        guard let name, let value = Self.string(&block) else { return nil }
        return HeaderField(name, value)
    }

    private static func string(_ block: inout ByteBuffer) -> [UInt8]? {
        guard let first = block.readInteger(as: UInt8.self),
            let length = block.readHPACKInteger(first: first, prefix: 7), length <= block.readableBytes
        else { return nil }
        return first & 0x80 != 0 ? HuffmanCode.decode(&block, length: length) : block.readBytes(length: length)
    }
}
