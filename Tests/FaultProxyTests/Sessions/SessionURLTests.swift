import NIOCore
import Testing

@testable import FaultProxy

struct SessionURLTests {
    @Test(arguments: [
        ("http://127.0.0.1:38211/exec/tok", "http://127.0.0.1:7/exec/tok"),
        ("https://[::1]:38211/exec/tok?a=:b@c", "https://[::1]:7/exec/tok?a=:b@c"),
        ("//127.0.0.1:1/cri/exec/t", "//127.0.0.1:7/cri/exec/t"),
        ("http://localhost/attach/t", "http://localhost:7/attach/t"),
        ("http://u:p@127.0.0.1:9/x:1#f", "http://u:p@127.0.0.1:7/x:1#f"), ("ws://[::1]", "ws://[::1]:7"),
    ])
    func `Only the port changes`(text: String, expected: String) throws {
        #expect(try #require(SessionURL(text)).withPort(7) == expected)
    }

    /// Of a name nobody knows whether it is this machine; behind what is no URL there is nothing.
    @Test(arguments: ["", "http://node-1:10010/exec/t", "ftp://127.0.0.1/x", "http://127.0.0.1:0/x", "exec/t"])
    func `What the relay cannot stand before is left alone`(text: String) { #expect(SessionURL(text) == nil) }

    @Test(arguments: [
        ("http://0.0.0.0:1/x", "127.0.0.1"), ("http://[::]:1/x", "::1"), ("http://localhost:1/x", "127.0.0.1"),
        ("http://127.0.0.3:1/x", "127.0.0.3"),
    ])
    func `It listens where the runtime does`(text: String, address: String) throws {
        let bound = try #require(SessionURL(text)?.listenAddress)
        #expect(bound.ipAddress == address)
    }
}
