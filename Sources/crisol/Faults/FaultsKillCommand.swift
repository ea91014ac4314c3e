import ArgumentParser
import FaultProxy

struct FaultsKillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "The kill switch: no rule any more, and everything held goes on.",
        discussion: "The proxy itself stays: it passes everything on as it is. SIGUSR1 and --kill-file do the same."
    )

    @OptionGroup var options: ControlOptions

    func run() async throws {
        try await options.ask("POST", "/kill", as: ControlMessages.Change.self) { change in
            let count = change.disarmed.count
            Console.line("no rule is in force any more (\(count == 1 ? "1 was" : "\(count) were"))")
        }
    }
}
