import NIOCore
import Testing

@testable import TestImages

@Suite struct TransmissionTests {
    private static let body = RegistryBody(ByteBuffer(string: "0123456789"))

    /// The steps as text, up to the first that does not send.
    private static func steps(_ transmission: inout Transmission) -> [String] {
        var result: [String] = []
        while true {
            switch transmission.next() {
            case .send(let bytes, nil): result.append(String(buffer: bytes))
            case .send(let bytes, let pause?): result.append("\(String(buffer: bytes)) \(pause.nanoseconds)")
            case .stall: return result + ["stall"]
            case .cut: return result + ["cut"]
            case .end: return result + ["end"]
            }
        }
    }

    @Test(arguments: [
        (TransmissionPlan(), ["0123456789", "end"]),
        (TransmissionPlan(stallAfter: 4), ["0123", "stall"]),
        (TransmissionPlan(stallAfter: 0), ["stall"]),
        (TransmissionPlan(stallAfter: -1), ["stall"]),
        // Never whole.
        (TransmissionPlan(stallAfter: 10), ["012345678", "stall"]),
        (TransmissionPlan(stallAfter: .max), ["012345678", "stall"]),
        (TransmissionPlan(cutAfter: 4), ["0123", "cut"]),
        (TransmissionPlan(cutAfter: .min), ["cut"]),
        (TransmissionPlan(cutAfter: 11), ["012345678", "cut"]),
        // Whichever comes first.
        (TransmissionPlan(stallAfter: 5, cutAfter: 4), ["0123", "cut"]),
        (TransmissionPlan(stallAfter: 4, cutAfter: 5), ["0123", "stall"]),
        // Twenty pieces a second; no pause behind the last.
        (TransmissionPlan(rate: 80), ["0123 50000000", "4567 50000000", "89", "end"]),
        (TransmissionPlan(stallAfter: 2, rate: 20), ["0 50000000", "1 50000000", "stall"]),
    ])
    func `A plan says what is sent and how it ends`(plan: TransmissionPlan, expected: [String]) {
        var transmission = Transmission(Self.body, plan)
        #expect(Self.steps(&transmission) == expected)
    }

    @Test func `A slow body takes a second for each byte at one byte a second, and is never sent faster`() {
        var transmission = Transmission(Self.body.part(0..<3), TransmissionPlan(rate: 1))
        #expect(Self.steps(&transmission) == ["0 1000000000", "1 1000000000", "2", "end"])
        var large = Transmission(RegistryBody(ByteBuffer(repeating: 1, count: 1_000_000)), TransmissionPlan(rate: 1003))
        var (sent, waited) = (0, Int64(0))
        while case .send(let bytes, let pause) = large.next() {
            // What was sent before had its time.
            if sent * 1_000_000_000 > Int(waited) * 1003 { Issue.record("\(sent) bytes in \(waited) ns") }
            sent += bytes.readableBytes
            waited += pause?.nanoseconds ?? 0
        }
        #expect(sent == 1_000_000)
    }

    @Test func `A changed plan goes on from where sending stopped`() {
        var transmission = Transmission(Self.body, TransmissionPlan(stallAfter: 4))
        #expect(Self.steps(&transmission) == ["0123", "stall"])
        transmission.plan = TransmissionPlan(stallAfter: 3)
        #expect(Self.steps(&transmission) == ["stall"])
        transmission.plan = TransmissionPlan(stallAfter: 6)
        #expect(Self.steps(&transmission) == ["45", "stall"])
        transmission.plan = TransmissionPlan()
        #expect(Self.steps(&transmission) == ["6789", "end"])
    }

    @Test func `A large body goes out in pieces, an empty one not at all`() {
        let size = 2 * Transmission.chunk + 1
        var transmission = Transmission(RegistryBody(ByteBuffer(repeating: 1, count: size)), TransmissionPlan())
        #expect(Self.steps(&transmission).map(\.utf8.count) == [Transmission.chunk, Transmission.chunk, 1, 3])
        var empty = Transmission(.empty, TransmissionPlan(stallAfter: 0, cutAfter: 0))
        #expect(Self.steps(&empty) == ["end"])
    }

    @Test func `A changed byte is changed once, in whatever piece or part it is sent`() {
        let body = RegistryBody(ByteBuffer(string: "abcdef"), change: .init(offset: 2, mask: 0x20))
        func text(_ body: RegistryBody, _ offset: Int, _ length: Int) -> String {
            String(buffer: body.bytes(at: offset, length: length))
        }
        #expect(text(body, 0, 6) == "abCdef")
        #expect((0..<6).map { text(body, $0, 1) }.joined() == "abCdef")
        #expect(text(body.part(1..<4), 0, 3) == "bCd")
        #expect(text(body.part(3..<6), 0, 9) == "def")
        #expect(text(body.part(2..<3).part(0..<1), 0, 1) == "C")
        #expect(text(body, 6, 1).isEmpty)
        #expect(text(body, -1, .max) == "abCdef")
    }
}
