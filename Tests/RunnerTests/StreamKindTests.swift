import Testing

@testable import Runner

struct StreamKindTests {
    @Test(
        "A URL whose path names a kind before the token can be turned into one of another kind",
        arguments: [
            ("http://127.0.0.1:1/exec/token", "http://127.0.0.1:1/attach/token"),
            ("https://[::1]:1/cri/portforward/token", "https://[::1]:1/cri/attach/token"),
            ("http://exec/attach/token", "http://exec/attach/token"),
        ]
    )
    func renamed(url: String, attach: String) { #expect(StreamKind.attach.renamed(url) == attach) }

    @Test("Any other URL cannot", arguments: ["", "token", "http://127.0.0.1:1/exec", "http://127.0.0.1:1/run/token"])
    func unknown(url: String) { #expect(StreamKind.attach.renamed(url) == nil) }
}
