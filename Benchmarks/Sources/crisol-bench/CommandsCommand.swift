import ArgumentParser

/// A whole command against another tool's that does the same.
struct CommandsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commands",
        abstract: "The wall time of `crisol version --endpoint` against another client's."
    )

    @Option(help: "crisol's program.")
    var crisol: String
    @Option(help: "The CRI socket.")
    var endpoint: String
    @Option(parsing: .remaining, help: "The other tool's command, word by word.")
    var other: [String]
    @Option(help: "Turns of each.")
    var turns = 40

    func run() throws {
        var (ours, theirs) = (Samples(), Samples())
        for turn in 0..<turns {
            let own = try ChildRun.time([crisol, "version", "--endpoint", endpoint])
            let their = try ChildRun.time(other)
            // The first turn warms the caches of both.
            if turn > 0 {
                ours.add(own)
                theirs.add(their)
            }
        }
        print("crisol version  \(ours.text)")
        print("\(other[0])  \(theirs.text)")
        var findings = Findings()
        findings.ratio(
            "version, wall time, p50",
            ours.microseconds(50),
            theirs.microseconds(50),
            unit: "us",
            budget: .atMost(0.5)
        )
        try findings.end()
    }
}
