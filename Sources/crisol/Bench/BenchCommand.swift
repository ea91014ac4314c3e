import ArgumentParser

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Load a runtime, or what stands before it.",
        subcommands: [BenchKubeletCommand.self]
    )
}
