import Testing

@testable import Streaming

/// URLs as runtimes write them.
struct StreamAddressTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let url: String
        let isSecure: Bool
        let host: String
        let port: Int
        let target: String
        let quirks: Set<StreamAddress.Quirk>
        let shown: String

        init(
            _ url: String,
            _ isSecure: Bool,
            _ host: String,
            _ port: Int,
            _ target: String,
            _ quirks: Set<StreamAddress.Quirk>,
            _ shown: String
        ) {
            (self.url, self.isSecure, self.host, self.port) = (url, isSecure, host, port)
            (self.target, self.quirks, self.shown) = (target, quirks, shown)
        }

        var testDescription: String { url }
    }

    static let rows: [Row] = [
        Row(
            "http://127.0.0.1:38211/exec/Tok3n_-A",
            false,
            "127.0.0.1",
            38_211,
            "/exec/Tok3n_-A",
            [],
            "http://127.0.0.1:38211/exec/<token>"
        ),
        Row(
            "https://10.0.0.7:10010/attach/tok12345",
            true,
            "10.0.0.7",
            10_010,
            "/attach/tok12345",
            [],
            "https://10.0.0.7:10010/attach/<token>"
        ),
        Row(
            "//127.0.0.1:41000/cri/exec/tok12345",
            false,
            "127.0.0.1",
            41_000,
            "/cri/exec/tok12345",
            [.missingScheme],
            "http://127.0.0.1:41000/cri/exec/<token>"
        ),
        Row("HTTP://[::1]:80/exec/tok1", false, "::1", 80, "/exec/tok1", [], "http://[::1]:80/exec/<token>"),
        Row("http://[fe80::1%25lo]:9/x/tok1", false, "fe80::1%lo", 9, "/x/tok1", [], "http://[fe80::1%lo]:9/x/<token>"),
        Row(
            "http://0.0.0.0:1234/exec/tok1",
            false,
            "0.0.0.0",
            1_234,
            "/exec/tok1",
            [.unspecifiedHost],
            "http://0.0.0.0:1234/exec/<token>"
        ),
        Row(
            "http://[::]:1234/exec/tok1",
            false,
            "::",
            1_234,
            "/exec/tok1",
            [.unspecifiedHost],
            "http://[::]:1234/exec/<token>"
        ),
        Row(
            "https://node-1.example/exec/tok1?secret=1#part",
            true,
            "node-1.example",
            443,
            "/exec/tok1?secret=1",
            [.hostIsName, .missingPort, .fragment],
            "https://node-1.example/exec/<token>"
        ),
        Row(
            "http://user:pass@127.0.0.1:5/exec/tok1",
            false,
            "127.0.0.1",
            5,
            "/exec/tok1",
            [.userInfo],
            "http://127.0.0.1:5/exec/<token>"
        ),
        Row("http://127.0.0.1:5", false, "127.0.0.1", 5, "/", [], "http://127.0.0.1:5/"),
        Row("http://127.0.0.1:5?tok=secret", false, "127.0.0.1", 5, "/?tok=secret", [], "http://127.0.0.1:5/"),
        Row("ws://127.0.0.1:/exec/", false, "127.0.0.1", 80, "/exec/", [.missingPort], "http://127.0.0.1/exec/"),
    ]

    @Test(arguments: rows)
    func `is read, with what is odd about it`(row: Row) throws {
        let address = try StreamAddress(row.url)
        #expect(address.isSecure == row.isSecure)
        #expect(address.host == row.host)
        #expect(address.port == row.port)
        #expect(address.requestTarget == row.target)
        #expect(address.quirks == row.quirks)
        #expect(address.description == row.shown)
    }

    @Test(arguments: [
        "", "/cri/exec/sekrit99", "exec/sekrit99", "http:///exec/sekrit99", "unix:///run/sekrit99",
        "ftp://127.0.0.1:1/sekrit99",
        "http://127.0.0.1:0/sekrit99", "http://127.0.0.1:65536/sekrit99", "http://127.0.0.1:x/sekrit99",
        "http://127.0.0.1:+80/sekrit99", "http://::1:80/sekrit99", "http://[::1/sekrit99", "http://[::1]x:80/sekrit99",
        "http://127.0.0.1:5/sek rit99", "http://127.0.0.1:5/sekrit99\r\nX: y", "http://127.0.0.1:5/sekrit99\u{0}",
        "http://127.0.0.1:5/sekrit99é", "//", "http://", "http://@:1/sekrit99",
        "http://127.0.0.1:5/" + String(repeating: "x", count: 9_000),
    ])
    func `is refused without being repeated`(url: String) throws {
        do {
            _ = try StreamAddress(url)
            Issue.record("it was read")
        } catch {
            #expect(error.code == .badAddress)
            #expect(!"\(error) \(String(reflecting: error))".contains("sekrit99"))
        }
    }

    @Test func `no way to show it shows the token`() throws {
        let address = try StreamAddress("http://127.0.0.1:1/exec/sekrit99?sekrit98")
        var dumped = ""
        dump(address, to: &dumped)
        dump([address: Optional(address)], to: &dumped)
        for text in ["\(address)", String(reflecting: address), "\([address])", "\(Optional(address) as Any)", dumped] {
            #expect(!text.contains("sekrit9"), "\(text)")
        }
        #expect(address.redact("GET /exec/sekrit99 and sekrit99") == "GET /exec/<token> and <token>")
        #expect(try StreamAddress("http://h:1/a/b").redact("a b") == "a b")
    }
}
