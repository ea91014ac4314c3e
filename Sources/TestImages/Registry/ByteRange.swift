/// What a `Range` header asks for (RFC 9110 section 14).
enum ByteRange: Equatable {
    /// Everything: no range, or one that is answered in full, as the RFC allows.
    case whole
    /// These bytes, at least one.
    case part(Range<Int>)
    /// Bytes from behind the end.
    case unsatisfiable

    /// Reads `bytes=FIRST-` and `bytes=FIRST-LAST`, of content with `count` bytes.
    static func asked(_ header: String?, of count: Int) -> ByteRange {
        guard let header, header.hasPrefix("bytes="), !header.contains(",") else { return .whole }
        let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = number(ends[0]) else { return .whole }
        guard ends[1].isEmpty || number(ends[1]).map({ $0 >= first }) == true else { return .whole }
        guard first < count else { return .unsatisfiable }
        let last = min(number(ends[1]) ?? .max, count - 1)
        return .part(first..<(last + 1))
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }
}
