import NIOCore
import NIOHPACK
import SeededRandom
import Testing

@testable import FaultProxy

/// relay-contract 14 and 15: the decoder that runs beside.
struct HeaderDecoderTests {
    private static let names = [
        ":path", ":method", ":status", "content-type", "grpc-timeout", "user-agent", "grpc-status", "x", "set-cookie",
        "traceparent",
    ]

    private static func field(_ generator: inout SeededGenerator) -> (String, String) {
        let name = generator.pick(names)
        let length =
            generator.oneIn(20)
            ? Int.random(in: 100...5000, using: &generator) : Int.random(in: 0...30, using: &generator)
        let value = (0..<length).map { _ in
            Character(UnicodeScalar(UInt8.random(in: 0x20...0x7e, using: &generator)))
        }
        return (name, String(value))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `It reads what another encoder writes, block after block, with and without Huffman code`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let allocator = ByteBufferAllocator()
        var encoder = HPACKEncoder(allocator: allocator, useHuffmanEncoding: seed % 2 == 0)
        var decoder = HeaderDecoder()
        for _ in 0..<200 {
            if generator.oneIn(10) { try encoder.setDynamicTableSize(Int.random(in: 0...4096, using: &generator)) }
            var headers = HPACKHeaders()
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let (name, value) = Self.field(&generator)
                headers.add(
                    name: name,
                    value: value,
                    indexing: generator.pick([HPACKIndexing.indexable, .indexable, .nonIndexable, .neverIndexed])
                )
            }
            var block = ByteBuffer()
            try encoder.encode(headers: headers, to: &block)
            let expected = headers.map {
                HeaderField(Array($0.name.utf8), Array($0.value.utf8), isNeverIndexed: $0.indexable == .neverIndexed)
            }
            #expect(decoder.decode(block) == .fields(expected))
        }
    }

    @Test func `It reads the examples of RFC 7541, appendix C`() {
        var decoder = HeaderDecoder()
        // C.4.1 to C.4.3: three requests on one connection, Huffman coded.
        let first: [UInt8] = [
            0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff,
        ]
        let second: [UInt8] = [0x82, 0x86, 0x84, 0xbe, 0x58, 0x86, 0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf]
        let third: [UInt8] = [
            0x82, 0x87, 0x85, 0xbf, 0x40, 0x88, 0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xa9, 0x7d, 0x7f, 0x89, 0x25, 0xa8, 0x49,
            0xe9, 0x5b, 0xb8, 0xe8, 0xb4, 0xbf,
        ]
        let base = [HeaderField(":method", "GET"), HeaderField(":scheme", "http"), HeaderField(":path", "/")]
        let authority = HeaderField(":authority", "www.example.com")
        #expect(decoder.decode(ByteBuffer(bytes: first)) == .fields(base + [authority]))
        #expect(
            decoder.decode(ByteBuffer(bytes: second))
                == .fields(base + [authority, HeaderField("cache-control", "no-cache")])
        )
        #expect(
            decoder.decode(ByteBuffer(bytes: third))
                == .fields([
                    HeaderField(":method", "GET"), HeaderField(":scheme", "https"), HeaderField(":path", "/index.html"),
                    authority, HeaderField("custom-key", "custom-value"),
                ])
        )
    }

    @Test func `Values that are no UTF-8 come out as the bytes they are`() {
        var decoder = HeaderDecoder()
        let block = ByteBuffer(bytes: [0x40, 1, UInt8(ascii: "x"), 3, 0xff, 0xfe, 0x00, 0xbe])
        let field = HeaderField([UInt8(ascii: "x")], [0xff, 0xfe, 0x00])
        #expect(decoder.decode(block) == .fields([field, field]))
    }

    @Test func `A table may grow as soon as SETTINGS allow it and shrinks only when its sender says so`() {
        var decoder = HeaderDecoder()
        let grow = ByteBuffer(bytes: [0x3f, 0xe1, 0x3f])  // 8192
        #expect(decoder.decode(grow) == .failed)
        decoder = HeaderDecoder()
        decoder.allow(8192)
        decoder.allow(0)
        #expect(decoder.decode(grow) == .fields([]))
        #expect(decoder.decode(ByteBuffer(bytes: [0x40, 1, 0x61, 1, 0x62])) == .fields([HeaderField("a", "b")]))
        // Not forgotten, although the last SETTINGS said zero: the sender may not know yet.
        #expect(decoder.decode(ByteBuffer(bytes: [0xbe])) == .fields([HeaderField("a", "b")]))
        #expect(decoder.decode(ByteBuffer(bytes: [0x20, 0xbe])) == .failed)
    }

    @Test func `A block of references to one large field costs no memory and no step`() {
        var decoder = HeaderDecoder()
        var block = ByteBuffer(bytes: [0x40, 1, UInt8(ascii: "x")])
        block.writeHPACKInteger(4000, first: 0, prefix: 7)
        block.writeRepeatingByte(UInt8(ascii: "v"), count: 4000)
        block.writeRepeatingByte(0xbe, count: 100_000)
        #expect(decoder.decode(block) == .tooLong)
        // Still in step.
        guard case .fields(let fields) = decoder.decode(ByteBuffer(bytes: [0xbe])) else {
            Issue.record("out of step")
            return
        }
        #expect(fields.first?.value.count == 4000)
    }

    @Test(
        arguments: [
            [0x80], [0xff], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xfe], [0x40], [0x40, 0x05, 0x61],
            [0x40, 0x81, 0x00, 0x00], [0x82, 0x20], [0x00, 0x85, 0xff, 0xff, 0xff, 0xff, 0xff],
            [0x3f, 0xff, 0xff, 0xff, 0xff, 0x7f],
        ] as [[UInt8]]
    )
    func `What is no block is said to be none`(bytes: [UInt8]) {
        var decoder = HeaderDecoder()
        #expect(decoder.decode(ByteBuffer(bytes: bytes)) == .failed)
    }

    @Test func `Any bytes at all come to an end`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            var decoder = HeaderDecoder()
            for _ in 0..<3 {
                let count = Int.random(in: 0...40, using: &generator)
                let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                _ = decoder.decode(ByteBuffer(bytes: bytes))
            }
        }
    }
}
