/// The `grpc-timeout` header.
///
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
enum GRPCTimeout {
    private static let units: [(letter: UInt8, nanoseconds: Int64)] = [
        (UInt8(ascii: "n"), 1), (UInt8(ascii: "u"), 1_000), (UInt8(ascii: "m"), 1_000_000),
        (UInt8(ascii: "S"), 1_000_000_000), (UInt8(ascii: "M"), 60_000_000_000), (UInt8(ascii: "H"), 3_600_000_000_000),
    ]

    /// The duration a header stands for; `nil` when it is none.
    static func read(_ text: [UInt8]) -> Duration? {
        let digits = text.dropLast()
        guard let unit = units.first(where: { $0.letter == text.last })?.nanoseconds, (1...8).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        let count = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        // Eight digits of hours are more than 64 bits of nanoseconds.
        let (nanoseconds, overflows) = count.multipliedReportingOverflow(by: unit)
        return overflows ? .nanoseconds(Int64.max) : .nanoseconds(nanoseconds)
    }

    /// The header for a duration: the smallest unit that fits in eight digits, rounded up.
    static func text(_ timeout: Duration) -> String {
        let nanoseconds = timeout.nanosecondsClamped
        for unit in units {
            let count = (nanoseconds + UInt64(unit.nanoseconds) - 1) / UInt64(unit.nanoseconds)
            if count < 100_000_000 { return "\(count)\(Character(UnicodeScalar(unit.letter)))" }
        }
        return "99999999H"
    }
}

extension Duration {
    /// In whole nanoseconds, not below zero and not beyond a century.
    var nanosecondsClamped: UInt64 {
        let limit: Int128 = 100 * 366 * 86_400 * 1_000_000_000
        return UInt64(min(max(0, attoseconds / 1_000_000_000), limit))
    }
}
