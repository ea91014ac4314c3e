import ArgumentParser

/// Measurements as ratios: two ways of doing the same, turn by turn in one run, because the machine's own speed changes
/// from minute to minute.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crisol-bench",
        abstract: "Measure crisol against what it could be at best.",
        subcommands: [
            OverheadCommand.self, LatencyCommand.self, CommandsCommand.self, MemoryCommand.self, StreamsCommand.self,
            ProxyCommand.self, RelayCommand.self, EchoRuntimeCommand.self,
        ]
    )
}
