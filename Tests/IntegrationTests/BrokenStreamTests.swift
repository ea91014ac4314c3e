import Testing

extension ManagedRunTests {
    /// Of which `red` must notice what is done to every stream, and `green` has nothing to do with it.
    struct BrokenStreams: Sendable, CustomTestStringConvertible {
        let how: String
        let red: [String]
        let green: [String]
        var testDescription: String { how }
    }

    private static let writers = [
        "stream-exec.stdout.spdy", "stream-exec.stdout.websocket-v4", "stream-exec.output.apart.spdy",
        "stream-exec.output.apart.websocket-v4",
    ]
    private static let servers = ["stream-forward.server-ends.spdy", "stream-forward.server-ends.websocket"]
    private static let reader = "stream-exec.stdin.half-close.spdy"
    private static let bystanders = [
        "stream-exec.exit-code.spdy.one", "stream-exec.exit-code.websocket-v4.term", "stream-url.once.Exec",
        "stream-url.once.PortForward",
    ]

    @Test(
        "A relay that breaks streams turns the cases about it red, and no others",
        arguments: [
            BrokenStreams(how: "truncate-output=2", red: writers + servers + [reader], green: bystanders),
            BrokenStreams(how: "truncate-input=2", red: [reader], green: writers + servers + bystanders),
            BrokenStreams(how: "stall-output=2", red: [writers[0], writers[1]] + servers, green: bystanders),
            BrokenStreams(how: "stall-input=2", red: [reader], green: writers + servers + bystanders),
            BrokenStreams(how: "reset=2", red: writers + servers + [reader], green: bystanders),
            BrokenStreams(how: "swap", red: writers, green: servers + bystanders + [reader]),
            // One that goes on for longer than any of these streams.
            BrokenStreams(how: "reset=100000000", red: [], green: writers + servers + bystanders + [reader]),
        ]
    )
    func brokenStreams(_ streams: BrokenStreams) async throws {
        let output = try TemporaryFolder()
        defer { output.remove() }
        let ending = try await CrisolProgram.run(
            ["run", "--managed", "containerd", "--break-streams", streams.how, "--output", output.path]
                + (streams.red + streams.green).flatMap { ["--case", $0] }
        )
        let verdicts = try verdicts(output.path)
        for id in streams.red { #expect(verdicts[id] == "fail", "\(id): \(ending.output)") }
        for id in streams.green { #expect(verdicts[id] == "pass", "\(id): \(ending.output)") }
        #expect(ending.code == (streams.red.isEmpty ? 0 : 1))
        #expect(ending.output.contains("every stream is broken on its way (\(streams.how))"))
    }
}
