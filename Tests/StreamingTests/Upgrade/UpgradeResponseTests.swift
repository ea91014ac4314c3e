import NIOCore
import Testing

@testable import Streaming

/// The answer to an upgrade, byte by byte.
struct UpgradeResponseTests {
    private static func small() -> StreamingLimits {
        var limits = StreamingLimits()
        limits.upgradeHead = 256
        limits.refusalBody = 16
        return limits
    }

    private static let plain = "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nX-A:  b \r\n\r\nnope"

    @Test(arguments: [
        (plain, 403, "nope", false, ""),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\n\r\nrest", 101, "", false, "rest"),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nA: b\r\n\r\nHTTP/1.1 101 X\r\n\r\n", 101, "",
            false, ""
        ),
        ("HTTP/1.0 400 Bad Request\n\nno length", 400, "no length", false, ""),
        ("\r\nHTTP/1.1 404\r\ncontent-length:0\r\n\r\n", 404, "", false, ""),
        (
            "HTTP/1.1 500 E\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 500,
            "abcde", false, ""
        ),
        ("HTTP/1.1 500 E\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", 500, "", true, ""),
        ("HTTP/1.1 500 E\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc", 500, "", true, ""),
        ("HTTP/1.1 500 E\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc", 500, "abc", true, ""),
        ("HTTP/1.1 500 E\r\nContent-Length: 9\r\n\r\nabc", 500, "abc", true, ""),
        ("HTTP/1.1 500 E\r\nContent-Length: 99999999999999999999\r\n\r\nabc", 500, "abc", false, ""),
        ("HTTP/1.1 500 E\r\nContent-Length: 16\r\n\r\n0123456789abcdef", 500, "0123456789abcdef", false, ""),
        ("HTTP/1.1 500 E\r\nContent-Length: 17\r\n\r\n0123456789abcdefg", 500, "0123456789abcdef", true, ""),
        ("HTTP/1.1 500 E\r\n\r\n0123456789abcdefg", 500, "0123456789abcdef", true, ""),
        ("HTTP/1.1 204 N\r\n\r\n", 204, "", false, ""),
    ])
    func `is read however it was cut`(text: String, status: Int, body: String, isCut: Bool, leftover: String) throws {
        for seed in 0..<20 {
            var random = SplitMix(seed: seed)
            var parser = UpgradeResponseParser(limits: Self.small())
            var response: UpgradeResponse?
            for piece in random.cut(Array(text.utf8), longest: seed == 0 ? 1_000 : 7) {
                parser.append(piece)
                response = try response ?? parser.next()
            }
            response = response ?? parser.unfinished(isEnd: true)
            let read = try #require(response)
            #expect(read.status == status)
            #expect(String(decoding: read.body, as: UTF8.self) == body)
            #expect(read.isBodyCut == isCut)
            if status == 101 { #expect(parser.leftover == ByteBuffer(string: leftover)) }
        }
    }

    @Test(arguments: [("", ""), (" \t ", ""), ("a", "a"), ("\t a \tb\t", "a \tb"), (" \u{e9}\u{a0}", "\u{e9}\u{a0}")])
    func `trimming takes spaces and tabs, and only from the ends`(text: String, trimmed: String) {
        #expect(HTTPHeader.trimmed(text) == trimmed)
    }

    @Test func `headers keep their names and lose the space around values`() throws {
        var parser = UpgradeResponseParser(limits: StreamingLimits())
        parser.append(ByteBuffer(string: Self.plain))
        let response = try #require(try parser.next())
        #expect(response.headers == [HTTPHeader("Content-Length", "4"), HTTPHeader("X-A", "b")])
        #expect(response.values("x-a") == ["b"])
        #expect(response.reason == "Forbidden")
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2 200\r\n", "\u{15}\u{3}\u{1}\u{0}\u{2}", "HTTP/1.1 20 X\r\n\r\n",
        "HTTP/1.1 2000 X\r\n\r\n", "HTTP/1.1 +20 X\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 200 X\r\nno header\r\n\r\n",
        "HTTP/1.1 200 X\r\n: y\r\n\r\n", "HTTP/1.1 200 X\r\nA: b\r\n folded\r\n\r\n", "HTTP/1.1 200 X\r\nA : b\r\n\r\n",
        "HTTP/1.1 099 X\r\n\r\n", "\n\n=", "\r\n\r\n\u{2}", "\r\r\n\u{2}\u{3}\n/",
        "HTTP/1.1 100 Continue\r\n\r\nSSH-2.0-OpenSSH_9.2\r\n",
    ])
    func `what is no answer is told, however it was cut`(text: String) {
        for seed in 0..<20 {
            var random = SplitMix(seed: seed)
            var parser = UpgradeResponseParser(limits: StreamingLimits())
            let got = code {
                for piece in random.cut(Array(text.utf8), longest: seed == 0 ? 1_000 : 3) {
                    parser.append(piece)
                    _ = try parser.next()
                }
            }
            #expect(got == .upgradeMalformed)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 101 " + String(repeating: "x", count: 300),
        "HTTP/1.1 101 X\r\n" + String(repeating: "A: b\r\n", count: 60),
        String(repeating: "HTTP/1.1 100 X\r\n\r\n", count: 20),
        String(repeating: "\r\n", count: 200), String(repeating: "\n", count: 300) + "=",
        String(repeating: "\r", count: 300) + "=",
    ])
    func `a head that does not end is bounded`(text: String) {
        for seed in 0..<10 {
            var random = SplitMix(seed: seed)
            var parser = UpgradeResponseParser(limits: Self.small())
            var got: StreamingError.Code?
            for piece in random.cut(Array(text.utf8), longest: seed == 0 ? 1_000 : 9) where got == nil {
                parser.append(piece)
                got = code { while try parser.next() != nil {} }
            }
            #expect(got == .limitExceeded)
        }
    }

    @Test(arguments: 0..<300)
    func `no bytes make it trap or keep more than the limit`(seed: Int) throws {
        var random = SplitMix(seed: seed)
        var parser = UpgradeResponseParser(limits: Self.small())
        let letters = Array("HTTP/1.1 0123456789:\r\n\r\n abcchunkedTransfer-Encoding: Content-Length: ".utf8)
        var bytes = Array("HTTP/1.1 500 X\r\n".utf8)
        bytes += (0..<400).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }
        do {
            for piece in random.cut(bytes) {
                parser.append(piece)
                if let response = try parser.next() {
                    #expect(response.body.count <= 16)
                    break
                }
            }
            if let response = parser.unfinished(isEnd: true) { #expect(response.body.count <= 16) }
        } catch {
            #expect([.upgradeMalformed, .limitExceeded].contains(error.code))
        }
    }
}
