import CRICatalog
import FakeCRI
import NIOCore
import Testing

@testable import CRIClient

/// Messages come out whole, however their bytes were cut.
struct MessageDeframerTests {
    @Test(arguments: 0..<200)
    func `any cut of the bytes gives the same messages`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let messages = (0..<Int.random(in: 0...6, using: &random)).map { _ in
            (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        var rest = messages.flatMap { FakeAction.framed($0) }[...]
        var deframer = MessageDeframer(limit: 300, encoding: "")
        var read: [[UInt8]] = []
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...40, using: &random))
            rest = rest.dropFirst(piece.count)
            var buffer = ByteBuffer(bytes: piece)
            while let message = try deframer.next(&buffer) { read.append(message) }
            #expect(buffer.readableBytes == 0)
        }
        #expect(read == messages)
        #expect(deframer.unfinished == nil)
    }

    @Test(arguments: 0..<200)
    func `any bytes end in messages, an error or a wait, within the limit`(seed: UInt64) {
        var random = SplitMix(state: seed)
        var deframer = MessageDeframer(limit: 64, encoding: "gzip")
        var buffer = ByteBuffer(
            bytes: (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...3, using: &random) }
        )
        do {
            while let message = try deframer.next(&buffer) { #expect(message.count <= 64) }
            #expect(buffer.readableBytes == 0)
        } catch {
            #expect(error.code == .internalError || error.code == .resourceExhausted)
        }
    }

    @Test func `a claimed length takes no memory before its bytes come`() throws {
        var deframer = MessageDeframer(limit: .max, encoding: "")
        var buffer = ByteBuffer(bytes: [0, 0xff, 0xff, 0xff, 0xff, 1])
        #expect(try deframer.next(&buffer) == nil)
        #expect(deframer.unfinished?.received == 1)
        #expect(deframer.unfinished?.length == 4_294_967_295)
    }
}
