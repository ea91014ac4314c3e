/// Writes JSON. Bytes that are no UTF-8 are shown as U+FFFD, so that the text always is JSON.
struct JSON {
    private(set) var bytes: Text = []
    private var needsComma = false

    mutating func object(_ body: (inout JSON) -> Void) { nest(123, 125, body) }
    mutating func array(_ body: (inout JSON) -> Void) { nest(91, 93, body) }

    private mutating func nest(_ open: UInt8, _ close: UInt8, _ body: (inout JSON) -> Void) {
        separate()
        bytes.append(open)
        needsComma = false
        body(&self)
        bytes.append(close)
        needsComma = true
    }

    mutating func key(_ name: StaticString) { key(text(name)) }

    mutating func key(_ name: Text) {
        separate()
        quote(name)
        bytes.append(58)
        needsComma = false
    }

    mutating func string(_ value: Text) {
        separate()
        quote(value)
        needsComma = true
    }

    mutating func number(_ value: Int) {
        separate()
        bytes += text(value)
        needsComma = true
    }

    mutating func bool(_ value: Bool) {
        separate()
        bytes += value ? text("true") : text("false")
        needsComma = true
    }

    mutating func strings(_ values: [Text]) { array { json in for value in values { json.string(value) } } }

    private mutating func separate() { if needsComma { bytes.append(44) } }

    private mutating func quote(_ value: Text) {
        bytes.append(34)
        var index = 0
        while index < value.count {
            let byte = value[index]
            if byte < 0x80 {
                escape(byte)
                index += 1
                continue
            }
            let length = sequenceLength(value, index)
            if length == 0 {
                bytes += [0xef, 0xbf, 0xbd]
                index += 1
            } else {
                bytes += value[index..<index + length]
                index += length
            }
        }
        bytes.append(34)
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 34, 92: bytes += [92, byte]
        case 10: bytes += [92, 110]
        case 0..<32, 127:
            let digits = text("0123456789abcdef")
            bytes += [92, 117, 48, 48, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        default: bytes.append(byte)
        }
    }

    /// The length of the UTF-8 sequence that begins here; 0 when none does.
    private func sequenceLength(_ value: Text, _ index: Int) -> Int {
        let first = value[index]
        let length = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0
        guard length > 0, first < 0xf5, index + length <= value.count else { return 0 }
        for place in 1..<length where value[index + place] & 0xc0 != 0x80 { return 0 }
        let second = value[index + 1]
        if first == 0xe0 && second < 0xa0 || first == 0xed && second > 0x9f { return 0 }
        if first == 0xf0 && second < 0x90 || first == 0xf4 && second > 0x8f { return 0 }
        return length
    }
}
