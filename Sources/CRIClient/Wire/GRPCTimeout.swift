/// The `grpc-timeout` header, in the shape grpc-go gives it: the smallest unit that fits in eight digits, rounded up.
///
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
enum GRPCTimeout {
    private static let limit: Int128 = 99_999_999
    private static let units: [(letter: String, attoseconds: Int128)] = [
        ("n", 1_000_000_000),
        ("u", 1_000_000_000_000),
        ("m", 1_000_000_000_000_000),
        ("S", 1_000_000_000_000_000_000),
        ("M", 60_000_000_000_000_000_000),
        ("H", 3_600_000_000_000_000_000_000),
    ]

    static func header(_ timeout: Duration) -> String {
        let attoseconds = timeout.attoseconds
        guard attoseconds > 0 else { return "0n" }
        for unit in units {
            let count = (attoseconds - 1) / unit.attoseconds + 1
            if count <= limit { return "\(count)\(unit.letter)" }
        }
        return "\(limit)H"
    }
}
