internal import NIOCore

/// The Huffman code of RFC 7541 appendix B. It is canonical, so the lengths of its words say all.
enum HuffmanCode {
    /// The length of each byte's word, and that of the end of string.
    private static let lengths: [UInt8] = [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ]
    private static let longest = 30
    private static let endOfString: UInt16 = 256

    /// The symbols in the order of their words.
    private static let symbols: [UInt16] = (0...endOfString).sorted {
        (lengths[Int($0)], $0) < (lengths[Int($1)], $1)
    }

    /// For each length: the first word of it, how many there are, and the place of the first in `symbols`.
    private static let groups: [(first: UInt32, count: UInt32, place: Int)] = {
        var groups: [(first: UInt32, count: UInt32, place: Int)] = []
        var word: UInt32 = 0
        var place = 0
        for length in 0...longest {
            let count = lengths.count { Int($0) == length }
            groups.append((word, UInt32(count), place))
            place += count
            word = (word + UInt32(count)) << 1
        }
        return groups
    }()

    /// Decodes so many bytes of the buffer; `nil` when they are no such code.
    static func decode(_ buffer: inout ByteBuffer, length: Int) -> [UInt8]? {
        guard let bytes = buffer.readSlice(length: length) else { return nil }
        var result: [UInt8] = []
        // The shortest word has five bits.
        result.reserveCapacity(length * 8 / 5)
        var word: UInt32 = 0
        var bits = 0
        for byte in bytes.readableBytesView {
            for shift in stride(from: UInt8(7), through: 0, by: -1) {
                word = word << 1 | UInt32(byte >> shift & 1)
                bits += 1
                guard bits <= longest else { return nil }
                let group = groups[bits]
                guard word >= group.first, word - group.first < group.count else { continue }
                let symbol = symbols[group.place + Int(word - group.first)]
                guard symbol != endOfString else { return nil }
                result.append(UInt8(symbol))
                word = 0
                bits = 0
            }
        }
        // What is left must be the beginning of the end of string: fewer than eight ones (RFC 7541 section 5.2).
        guard bits < 8, word == (1 << UInt32(bits)) - 1 else { return nil }
        return result
    }
}
