internal import NIOCore

extension ByteBuffer {
    /// Reads an integer whose first bits are the low bits of `first` (RFC 7541 section 5.1); `nil` when it is cut off
    /// or beyond what any length here can be.
    mutating func readHPACKInteger(first: UInt8, prefix: Int) -> Int? {
        let mask = UInt8((1 << prefix) - 1)
        guard first & mask == mask else { return Int(first & mask) }
        var value = Int(mask)
        for shift in stride(from: 0, through: 28, by: 7) {
            guard let byte = readInteger(as: UInt8.self) else { return nil }
            value += Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }

    /// Writes an integer after the high bits of `first`.
    mutating func writeHPACKInteger(_ value: Int, first: UInt8, prefix: Int) {
        let mask = (1 << prefix) - 1
        guard value >= mask else {
            writeInteger(first | UInt8(value))
            return
        }
        writeInteger(first | UInt8(mask))
        var rest = value - mask
        while rest >= 0x80 {
            writeInteger(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(rest))
    }
}
