internal import NIOCore

/// Writes header blocks of literals that no table is needed for: blocks can then be dropped, changed and put in
/// between without their receiver losing step (relay-contract 13).
struct LiteralEncoder {
    private var isFirst = true

    /// Writes a block.
    ///
    /// The first one tells the receiver to empty its table. It will not be used again, and a receiver that lowers its
    /// limit later and insists on being told (RFC 7541 section 4.2) has been told of zero.
    mutating func encode(_ fields: HeaderList, into block: inout ByteBuffer) {
        if isFirst { block.writeInteger(UInt8(0x20)) }
        isFirst = false
        for field in fields {
            block.writeInteger(UInt8(field.isNeverIndexed ? 0x10 : 0x00))
            block.writeHPACKInteger(field.name.count, first: 0, prefix: 7)
            block.writeBytes(field.name)
            block.writeHPACKInteger(field.value.count, first: 0, prefix: 7)
            block.writeBytes(field.value)
        }
    }
}
