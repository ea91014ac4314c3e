import Testing

@testable import ManagedRuntime

struct HostNamesTests {
    @Test(
        "A file that gives localhost its IPv6 address stays as it is",
        arguments: ["::1 localhost\n", "127.0.0.1 localhost\n::1\tip6-localhost localhost # both\n"]
    )
    func complete(text: String) { #expect(HostNames.completed(text) == nil) }

    @Test(
        "A file that does not gets a line for it, and keeps its own",
        arguments: [
            ("", "::1 localhost\n"), ("127.0.0.1 localhost", "127.0.0.1 localhost\n::1 localhost\n"),
            ("# ::1 localhost\n", "# ::1 localhost\n::1 localhost\n"),
            ("::1 ip6-loopback # localhost\n", "::1 ip6-loopback # localhost\n::1 localhost\n"),
        ]
    )
    func incomplete(text: String, completed: String) { #expect(HostNames.completed(text) == completed) }
}
