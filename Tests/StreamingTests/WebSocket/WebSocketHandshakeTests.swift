import Testing

@testable import Streaming

/// The key of a handshake and the SHA-1 below it.
struct WebSocketHandshakeTests {
    /// RFC 3174 section 7.3, and lengths around the block.
    @Test(arguments: [
        ("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        ("a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        (
            "0123456701234567012345670123456701234567012345670123456701234567", 10,
            "dea356a2cddd90c7a7ecedc5ebb563934f460452"
        ),
    ])
    func `the digests of the RFC`(text: String, times: Int, digest: String) {
        #expect(SHA1.digest(of: Array(String(repeating: text, count: times).utf8)) == hex(digest))
    }

    /// RFC 6455 section 1.3.
    @Test func `the answer to the RFC's key`() {
        #expect(WebSocketKey(text: "dGhlIHNhbXBsZSBub25jZQ==").accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test func `keys are sixteen bytes and differ`() {
        #expect(WebSocketKey.random() != WebSocketKey.random())
        #expect(WebSocketKey.random().text.count == 24)
    }
}
