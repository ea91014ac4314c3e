import Testing

@testable import Streaming

struct StreamBreakageTests {
    @Test(
        "A breakage is read as it is written",
        arguments: [
            ("swap", StreamBreakage.swap), ("reset=0", .reset(after: 0)),
            ("truncate-input=1", .truncate(.input, after: 1)),
            ("truncate-output=4096", .truncate(.output, after: 4096)),
            ("stall-input=7", .stall(.input, after: 7)), ("stall-output=2147483648", .stall(.output, after: 1 << 31)),
        ]
    )
    func known(text: String, breakage: StreamBreakage) {
        #expect(StreamBreakage(text) == breakage)
        #expect(breakage.description == text)
    }

    @Test(
        "Nothing else is one",
        arguments: [
            "", "swap=1", "reset", "reset=", "reset=-1", "reset=+1", "reset=1x", "stall=1", "truncate-input=2147483649",
            "reset=99999999999999999999", "reset=1=2",
        ]
    )
    func unknown(text: String) { #expect(StreamBreakage(text) == nil) }
}
