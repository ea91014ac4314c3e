import ArgumentParser

/// Faults on the link to a runtime: plans, presets, and the rules of a running proxy.
struct FaultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Check, list and show plans of faults, and drive those of a running 'crisol proxy'.",
        discussion: """
            A plan is a file of rules: to which calls what happens, and when. A preset is
            a plan that is part of crisol and tells of a failure that others had.

            EXAMPLES
              crisol faults presets                     what can be made to happen
              crisol faults show sandbox-lost-response  its story, parameters and rules
              crisol faults lint my-plan.yaml           check a plan, running nothing
              crisol faults arm sandbox-lost-response   have it happen in a running proxy
              crisol faults list                        what is in force, and for how long
              crisol faults kill                        end it all
            """,
        subcommands: [
            FaultsPresetsCommand.self, FaultsShowCommand.self, FaultsLintCommand.self, FaultsListCommand.self,
            FaultsArmCommand.self, FaultsDisarmCommand.self, FaultsStatusCommand.self, FaultsExplainCommand.self,
            FaultsKillCommand.self, FaultsReloadCommand.self,
        ]
    )
}
