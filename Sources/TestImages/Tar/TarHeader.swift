/// One 512-byte header block of a ustar archive (POSIX.1-2008, pax, "ustar Interchange Format").
///
/// Its fields are short. What does not fit is written beforehand as a pax record (`TarWriter`), and the field here
/// holds as much of it as it can.
struct TarHeader {
    static let size = 512

    /// The values of `typeflag` in use.
    enum Kind: Character {
        case file = "0"
        case symbolicLink = "2"
        case directory = "5"
        case extended = "x"
    }

    var name: [UInt8]
    var kind: Kind
    var mode: UInt16 = 0o644
    var user: UInt32 = 0
    var group: UInt32 = 0
    var contentSize = 0
    var modificationTime: Int
    var linkTarget: [UInt8] = []

    /// The largest user or group id: seven octal digits.
    static let maximumID: UInt32 = 0o7777777
    /// The room for a name without a prefix, and for a link target.
    static let nameLength = 100
    private static let prefixLength = 155

    /// The block.
    var bytes: [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.size)
        let (prefix, name) = Self.split(self.name) ?? ([], self.name[...])
        Self.put(name, at: 0, length: Self.nameLength, in: &block)
        Self.put(Self.octal(UInt64(mode), digits: 7), at: 100, length: 8, in: &block)
        Self.put(Self.octal(UInt64(min(user, Self.maximumID)), digits: 7), at: 108, length: 8, in: &block)
        Self.put(Self.octal(UInt64(min(group, Self.maximumID)), digits: 7), at: 116, length: 8, in: &block)
        Self.put(Self.octal(UInt64(contentSize), digits: 11), at: 124, length: 12, in: &block)
        Self.put(Self.octal(UInt64(modificationTime), digits: 11), at: 136, length: 12, in: &block)
        block[156] = kind.rawValue.asciiValue ?? 0
        Self.put(linkTarget[...], at: 157, length: Self.nameLength, in: &block)
        Self.put(Array("ustar\u{0}00".utf8)[...], at: 257, length: 8, in: &block)
        Self.put(prefix, at: 345, length: Self.prefixLength, in: &block)
        // The sum is taken with its own field full of spaces.
        for index in 148..<156 { block[index] = UInt8(ascii: " ") }
        let sum = block.reduce(UInt64(0)) { $0 + UInt64($1) }
        Self.put(Self.octal(sum, digits: 6) + [0], at: 148, length: 7, in: &block)
        return block
    }

    /// The name in its two fields; `nil` when it does not fit.
    static func split(_ name: [UInt8]) -> (prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>)? {
        if name.count <= nameLength { return ([], name[...]) }
        // The slash between the two is not stored. A directory's closing slash is no place to split.
        let candidates = name.indices.dropLast().filter { name[$0] == UInt8(ascii: "/") }
        guard let slash = candidates.first(where: { name.count - $0 - 1 <= nameLength }), slash > 0,
            slash <= prefixLength
        else { return nil }
        return (name[..<slash], name[(slash + 1)...])
    }

    private static func octal(_ value: UInt64, digits: Int) -> ArraySlice<UInt8> {
        let text = Array(String(value, radix: 8).utf8)
        return ([UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.count)) + text)[...]
    }

    private static func put(_ value: ArraySlice<UInt8>, at offset: Int, length: Int, in block: inout [UInt8]) {
        let value = value.prefix(length)
        block.replaceSubrange(offset..<offset + value.count, with: value)
    }
}
