import NIOCore
import SeededRandom
import Testing

@testable import FaultProxy

/// relay-contract 10 and 16.
struct MessageReaderTests {
    @Test func `Messages come out whole, however their bytes came`() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<300 {
            let messages = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
                Wire.message(Array(repeating: 7, count: Int.random(in: 0...2000, using: &generator)))
            }
            var rest = messages.flatMap { $0 }[...]
            var reader = MessageReader()
            var read: [[UInt8]] = []
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...700, using: &generator))
                rest = rest.dropFirst(piece.count)
                guard case .messages(let found) = reader.read(ByteBuffer(bytes: piece)) else {
                    Issue.record("unreadable")
                    return
                }
                read += found.map { Array($0.readableBytesView) }
            }
            #expect(read == messages)
            #expect(reader.isBetweenMessages)
        }
    }

    @Test func `It says how much a message lacks, and keeps what is there`() {
        var reader = MessageReader()
        _ = reader.read(ByteBuffer(bytes: [0, 0, 0]))
        #expect(reader.missing == nil)
        _ = reader.read(ByteBuffer(bytes: [0, 10, 1]))
        #expect(reader.missing == 9)
        #expect(Array(reader.remainder.readableBytesView) == [0, 0, 0, 0, 10, 1])
    }

    @Test(arguments: [[1, 0, 0, 0, 0], [2], [0, 0xff, 0xff, 0xff, 0xff], [0, 2, 0, 0, 1]] as [[UInt8]])
    func `What is compressed, no message, or too large is unreadable`(bytes: [UInt8]) {
        var reader = MessageReader()
        #expect(reader.read(ByteBuffer(bytes: bytes)) == .unreadable(after: []))
        reader = MessageReader()
        let before = Wire.message([1]) + Wire.message([2, 2])
        #expect(
            reader.read(ByteBuffer(bytes: before + bytes))
                == .unreadable(after: [ByteBuffer(message: [1]), ByteBuffer(message: [2, 2])])
        )
        #expect(Array(reader.remainder.readableBytesView) == bytes)
    }

    @Test func `The largest message is still read`() {
        var reader = MessageReader()
        let length = MessageReader.limit - 5
        let header = [0] + Wire.big(UInt32(length), 4)
        #expect(reader.read(ByteBuffer(bytes: header)) == .messages([]))
        let outcome = reader.read(ByteBuffer(repeating: 1, count: length))
        guard case .messages(let messages) = outcome else {
            Issue.record("unreadable")
            return
        }
        #expect(messages.map(\.readableBytes) == [MessageReader.limit])
    }
}

struct GRPCTimeoutTests {
    @Test(arguments: [
        ("1n", Duration.nanoseconds(1)), ("500m", .milliseconds(500)), ("9S", .seconds(9)), ("2M", .seconds(120)),
        ("1H", .seconds(3600)), ("99999999n", .nanoseconds(99_999_999)), ("0S", .zero),
    ])
    func `It is read in every unit`(text: String, duration: Duration) {
        #expect(GRPCTimeout.read(Array(text.utf8)) == duration)
    }

    @Test(arguments: ["", "5", "S", "-1S", "1x", "123456789S", "1.5S", " 1S"])
    func `What is none is none`(text: String) {
        #expect(GRPCTimeout.read(Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        (Duration.zero, "0n"), (.milliseconds(5), "5000000n"), (.seconds(5), "5000000u"), (.seconds(240), "240000m"),
        (.seconds(1_000_000_000), "16666667M"), (.seconds(-1), "0n"), (.nanoseconds(100_000_000), "100000u"),
    ])
    func `It is written in the smallest unit that fits`(duration: Duration, text: String) {
        #expect(GRPCTimeout.text(duration) == text)
        #expect(GRPCTimeout.read(Array(text.utf8)) != nil)
    }

    @Test func `Hours beyond all reason do not overflow`() {
        #expect(GRPCTimeout.read(Array("99999999H".utf8)) == .nanoseconds(Int64.max))
    }
}
