import NIOCore
import NIOHPACK
import Testing

@testable import FaultProxy

/// relay-contract 13: blocks written anew.
struct LiteralEncoderTests {
    private static let fields = [
        HeaderField(":status", "200"), HeaderField("authorization", "secret"),
        HeaderField("x", String(repeating: "v", count: 300)),
    ]

    @Test func `Another decoder reads it, and a field that must never be indexed stays so`() throws {
        var encoder = LiteralEncoder()
        var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
        var fields = Self.fields
        fields[1].isNeverIndexed = true
        for _ in 0..<3 {
            var block = ByteBuffer()
            encoder.encode(fields, into: &block)
            let headers = try decoder.decodeHeaders(from: &block)
            #expect(headers.map { HeaderField($0.name, $0.value) }.map(\.value) == fields.map(\.value))
            #expect(headers.map(\.indexable) == [.nonIndexable, .neverIndexed, .nonIndexable])
        }
    }

    @Test func `The first block empties the receiver's table, so that a lower limit needs no word later`() {
        var encoder = LiteralEncoder()
        var block = ByteBuffer()
        encoder.encode(Self.fields, into: &block)
        #expect(block.getInteger(at: 0, as: UInt8.self) == 0x20)
        block.clear()
        encoder.encode(Self.fields, into: &block)
        #expect(block.getInteger(at: 0, as: UInt8.self) == 0x00)
        // A receiver that filled its table before forgets it.
        var decoder = HeaderDecoder()
        _ = decoder.decode(ByteBuffer(bytes: [0x40, 1, 0x61, 1, 0x62]))
        var fresh = LiteralEncoder()
        block.clear()
        fresh.encode([], into: &block)
        #expect(decoder.decode(block) == .fields([]))
        #expect(decoder.decode(ByteBuffer(bytes: [0xbe])) == .failed)
    }

    @Test func `Bytes that are no text survive`() {
        var encoder = LiteralEncoder()
        var decoder = HeaderDecoder()
        var block = ByteBuffer()
        let field = HeaderField([0xff, 0x00], [0xfe, 0x80, 0x0a])
        encoder.encode([field], into: &block)
        #expect(decoder.decode(block) == .fields([field]))
    }
}
