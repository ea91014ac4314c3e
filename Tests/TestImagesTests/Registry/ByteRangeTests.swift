import Testing

@testable import TestImages

@Suite struct ByteRangeTests {
    @Test(arguments: [
        (nil, ByteRange.whole),
        ("bytes=0-", .part(0..<10)),
        ("bytes=4-", .part(4..<10)),
        ("bytes=4-5", .part(4..<6)),
        ("bytes=9-9", .part(9..<10)),
        ("bytes=4-99999", .part(4..<10)),
        ("bytes=10-", .unsatisfiable),
        ("bytes=10-12", .unsatisfiable),
        // Answered in full: other units, several ranges, the end alone, and what is no range.
        ("lines=1-2", .whole),
        ("bytes=0-1,3-4", .whole),
        ("bytes=-3", .whole),
        ("bytes=5-4", .whole),
        ("bytes=1-2-3", .whole),
        ("bytes=+1-2", .whole),
        ("bytes=99999999999999999999-", .whole),
        ("bytes=0-99999999999999999999", .whole),
        ("bytes=", .whole),
    ])
    func `A range is read as RFC 9110 has it, or not at all`(header: String?, expected: ByteRange) {
        #expect(ByteRange.asked(header, of: 10) == expected)
    }

    @Test func `Nothing can be asked of nothing`() {
        #expect(ByteRange.asked("bytes=0-", of: 0) == .unsatisfiable)
    }
}
