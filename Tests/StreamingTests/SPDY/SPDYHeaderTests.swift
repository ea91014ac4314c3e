import CZlib
import NIOCore
import Testing

@testable import Streaming

/// Header blocks and their compression.
struct SPDYHeaderTests {
    @Test func `the dictionary is the draft's`() {
        #expect(SPDYDictionary.bytes.count == 1_423)
        let checksum = adler32(1, SPDYDictionary.bytes, uInt(SPDYDictionary.bytes.count))
        #expect(UInt32(truncatingIfNeeded: checksum) == SPDYDictionary.checksum)
    }

    @Test func `the golden vector of two blocks in one stream`() throws {
        let stdout = [SPDYHeader("streamtype", "stdout")]
        let stderr = [SPDYHeader("streamtype", "stderr")]
        #expect(SPDYHeaderBlock.encode(stdout) == hex("000000010000000a73747265616d74797065000000067374646f7574"))
        let first = hex("78f9e3c6a7c202a62346703a2b294a4dcc851625c0149b925f5a02000000ffff")
        let second = hex("c229975a5404000000ffff")
        let compressor = try SPDYHeaderCompressor()
        #expect(try compressor.compress(stdout) == ByteBuffer(bytes: first))
        #expect(try compressor.compress(stderr) == ByteBuffer(bytes: second))
        let decompressor = try SPDYHeaderDecompressor(limit: 1_024)
        #expect(try decompressor.decompress(ByteBuffer(bytes: first)) == stdout)
        #expect(try decompressor.decompress(ByteBuffer(bytes: second)) == stderr)
    }

    @Test(arguments: 0..<100)
    func `any headers come back as they were`(seed: Int) throws {
        var random = SplitMix(seed: seed)
        let compressor = try SPDYHeaderCompressor()
        let decompressor = try SPDYHeaderDecompressor(limit: 64 << 10)
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let headers = (0..<Int.random(in: 0...12, using: &random)).map { index in
                // Long and random values make zlib emit stored blocks and fill its output more than once.
                let value = random.bytes(.random(in: 0...3_000, using: &random)).map {
                    Character(UnicodeScalar($0 & 0x7f))
                }
                return SPDYHeader("name-\(index)", String(value))
            }
            #expect(try decompressor.decompress(compressor.compress(headers)) == headers)
        }
    }

    @Test func `a block that blows up is stopped at the limit`() throws {
        let compressor = try SPDYHeaderCompressor()
        let bomb = try compressor.compress([SPDYHeader("a", String(repeating: "a", count: 8 << 20))])
        #expect(bomb.readableBytes < 16 << 10)
        let decompressor = try SPDYHeaderDecompressor(limit: 64 << 10)
        #expect(code { _ = try decompressor.decompress(bomb) } == .limitExceeded)
    }

    @Test func `a block that is exactly at the limit is read`() throws {
        let headers = [SPDYHeader("a", String(repeating: "a", count: 8_192 - 4 - 4 - 1 - 4))]
        let block = try SPDYHeaderCompressor().compress(headers)
        #expect(try SPDYHeaderDecompressor(limit: 8_192).decompress(block) == headers)
        #expect(code { _ = try SPDYHeaderDecompressor(limit: 8_191).decompress(block) } == .limitExceeded)
    }

    @Test(arguments: [
        "", "00", "ffffffff", "78f9e3c6a7c3 02a6", "789c 4b040000ffff", "78f9e3c6a7c202a62346703a2b294a4d",
        "78f9e3c6a7c2 03000000000001",
    ])
    func `what is no compressed block is an error`(bytes: String) throws {
        let decompressor = try SPDYHeaderDecompressor(limit: 1_024)
        #expect(code { _ = try decompressor.decompress(ByteBuffer(bytes: hex(bytes))) } == .protocolViolation)
    }

    @Test(arguments: [
        "", "0000", "00000001", "00000001 00000001", "00000001 00000001 61", "00000001 00000000 00000001 61",
        "00000000 00", "ffffffff", "00000001 ffffffff 61", "00000001 00000001 61 7fffffff",
    ])
    func `what is no block is an error`(bytes: String) {
        #expect(code { _ = try SPDYHeaderBlock.decode(hex(bytes)) } == .protocolViolation)
    }
}
