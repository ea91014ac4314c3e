/// The integer that a JSON number stands for, without a detour over floating point.
///
/// proto3's JSON lets `5.0` and `1e3` be integers, and 64 bits do not fit a double.
enum ExactInteger {
    /// The value of a JSON number; `nil` when it is none, has a fraction, or is longer than 38 digits.
    static func read(_ text: String) -> Int128? {
        if let integer = plain(text) { return integer }
        guard JSONParser.isNumber(text) else { return nil }
        let parts = text.split(maxSplits: 1) { $0 == "e" || $0 == "E" }
        guard let mantissa = parts.first else { return nil }
        let unsigned = mantissa.drop { $0 == "-" }
        let halves = unsigned.split(separator: ".", maxSplits: 1)
        let fraction = halves.count == 2 ? halves[1] : ""
        var digits = ((halves.first ?? "") + fraction).drop { $0 == "0" }
        // Zero, whatever its exponent.
        if digits.isEmpty { return 0 }
        // An exponent that does not fit an Int is out of reach of any digits there can be.
        guard let exponent = parts.count == 2 ? Int(parts[1]) : 0, abs(exponent) < 1 << 40 else { return nil }
        var scale = exponent - fraction.count
        while digits.last == "0" {
            digits.removeLast()
            scale += 1
        }
        guard scale >= 0, digits.count + scale <= 38, let value = Int128(digits) else { return nil }
        let magnitude = (0..<scale).reduce(value) { result, _ in result * 10 }
        return mantissa.first == "-" ? -magnitude : magnitude
    }

    /// The usual case: digits and perhaps a minus, no leading zero.
    private static func plain(_ text: String) -> Int128? {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        guard let first = digits.first, (0x30...0x39).contains(first), first != 0x30 || digits.count == 1 else {
            return nil
        }
        return Int128(text)
    }
}
