import ArgumentParser

struct FaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Arm, disarm and look at the faults of a running 'crisol proxy'.",
        subcommands: [
            FaultsListCommand.self, FaultsArmCommand.self, FaultsDisarmCommand.self, FaultsStatusCommand.self,
            FaultsExplainCommand.self, FaultsKillCommand.self, FaultsReloadCommand.self,
        ]
    )
}
