import FaultModel
import NIOCore
import Testing

@testable import FaultProxy

struct SessionMeterTests {
    private static func take(
        _ meter: inout SessionMeter,
        _ text: String,
        _ direction: Direction = .response,
        isOver: Bool = false
    ) -> [String] {
        meter.take(ByteBuffer(string: text), direction, isOver: isOver).map { step in
            switch step {
            case .pass(let bytes): String(buffer: bytes)
            case .hold(let bytes): "hold \(String(buffer: bytes))"
            case .reset: "reset"
            case .end: "end"
            }
        }
    }

    @Test(arguments: [(ByteFault.Effect.stall, "hold d"), (.reset, "reset"), (.truncate, "end")])
    func `After so many bytes it strikes, and not one sooner`(effect: ByteFault.Effect, last: String) {
        var meter = SessionMeter(ByteFault(effect, after: 3, direction: .response), hasHeads: false)
        #expect(Self.take(&meter, "ab") == ["ab"])
        #expect(Self.take(&meter, "c") == ["c"])
        #expect(!meter.hasStruck)
        #expect(Self.take(&meter, "xyz", .request) == ["xyz"])
        #expect(Self.take(&meter, "d") == [last])
        #expect(meter.hasStruck)
        #expect(meter.passed == [.request: 3, .response: 3])
        // The other direction is not hit.
        #expect(Self.take(&meter, "more", .request) == ["more"])
    }

    @Test func `A piece is cut where the bytes are up`() {
        var meter = SessionMeter(ByteFault(.truncate, after: 3, direction: .response), hasHeads: false)
        #expect(Self.take(&meter, "abcdef") == ["abc", "end"])
        #expect(Self.take(&meter, "gh") == [])
        // What its receiver was told has ended does not begin again.
        #expect(Self.take(&meter, "ij", isOver: true) == [])
    }

    @Test func `Without a direction both are counted together, and both are hit`() {
        var meter = SessionMeter(ByteFault(.stall, after: 4), hasHeads: false)
        #expect(Self.take(&meter, "ab", .request) == ["ab"])
        #expect(Self.take(&meter, "cde", .response) == ["cd", "hold e"])
        #expect(Self.take(&meter, "f", .request) == ["hold f"])
    }

    @Test func `Heads do not count, however they are cut`() {
        var meter = SessionMeter(ByteFault(.reset, after: 0, direction: .response), hasHeads: true)
        for piece in ["HTTP/1.1 101 S\r\nA: b\r", "\r\n\r\n"] { #expect(Self.take(&meter, piece) == [piece]) }
        #expect(Self.take(&meter, "x") == ["reset"])
        var joined = SessionMeter(ByteFault(.reset, after: 1, direction: .response), hasHeads: true)
        #expect(Self.take(&joined, "H\r\n\r\nab") == ["H\r\n\r\n", "a", "reset"])
    }

    @Test func `Once the rule is over everything passes`() {
        var meter = SessionMeter(ByteFault(.stall, after: 1), hasHeads: false)
        #expect(Self.take(&meter, "abc") == ["a", "hold bc"])
        meter.release(ByteBuffer(string: "bc"), .response)
        #expect(Self.take(&meter, "def", isOver: true) == ["def"])
        #expect(meter.passed[.response] == 6)
    }
}
