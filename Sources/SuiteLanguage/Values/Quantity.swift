import CRICatalog

/// Numbers with a unit: `500ms`, `64MiB`.
enum Quantity {
    /// Units of time and their length in nanoseconds.
    static let durations: [(String, Int128)] = [
        ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ]
    /// Units of size and their length in bytes.
    static let sizes: [(String, Int128)] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]

    /// The nanoseconds of a duration such as `1.5s`; `nil` when it is none or not exact.
    static func nanoseconds(_ text: String) -> Int128? { parse(text, durations) }

    /// The bytes of a size such as `64KiB`; `nil` when it is none.
    static func bytes(_ text: String) -> Int128? { parse(text, sizes) }

    private static func parse(_ text: String, _ units: [(String, Int128)]) -> Int128? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(number.count)
        guard number.utf8.count <= 20, let scale = units.first(where: { $0.0 == unit })?.1 else { return nil }
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Int64(parts[0]) else { return nil }
        var value = Int128(whole) * scale
        if parts.count == 2 {
            guard !parts[1].isEmpty, let fraction = Int64(parts[1]) else { return nil }
            var divisor: Int128 = 1
            for _ in parts[1] { divisor *= 10 }
            let (quotient, rest) = (Int128(fraction) * scale).quotientAndRemainder(dividingBy: divisor)
            guard rest == 0 else { return nil }
            value += quotient
        }
        return value <= Int128(Int64.max) ? value : nil
    }

    /// How many nanoseconds (or bytes) one of a field's unit is.
    static func scale(_ unit: FieldDescriptor.Unit) -> Int128 {
        switch unit {
        case .bytes, .nanoseconds: 1
        case .microseconds: 1_000
        case .seconds: 1_000_000_000
        }
    }

    /// A duration for people: `80ms`, `2.03s`, `5m`.
    static func describe(nanoseconds: Int128) -> String {
        if nanoseconds < 0 { return "-" + describe(nanoseconds: -nanoseconds) }
        if nanoseconds == 0 { return "0s" }
        for (unit, scale) in [("h", 3_600_000_000_000), ("m", 60_000_000_000)] as [(String, Int128)]
        where nanoseconds % scale == 0 {
            return "\(nanoseconds / scale)\(unit)"
        }
        for (unit, scale) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)] as [(String, Int128)]
        where nanoseconds >= scale {
            let hundredths = (nanoseconds * 100 + scale / 2) / scale
            let fraction = hundredths % 100
            if fraction == 0 { return "\(hundredths / 100)\(unit)" }
            let digits = fraction % 10 == 0 ? "\(fraction / 10)" : (fraction < 10 ? "0\(fraction)" : "\(fraction)")
            return "\(hundredths / 100).\(digits)\(unit)"
        }
        return "\(nanoseconds)ns"
    }
}
