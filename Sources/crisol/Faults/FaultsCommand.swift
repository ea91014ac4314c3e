import ArgumentParser

/// Faults on the link to a runtime: plans, presets, and the rules of a running proxy.
struct FaultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Check, list and show plans of faults.",
        discussion: """
            A plan is a file of rules: to which calls what happens, and when. A preset is a plan that is part of crisol
            and tells of a failure that others had.

            EXAMPLES
              crisol faults presets                      what can be made to happen
              crisol faults show sandbox-lost-response   its story, its parameters, its rules
              crisol faults lint my-plan.yaml            check a plan without running anything
            """,
        subcommands: [FaultsPresetsCommand.self, FaultsShowCommand.self, FaultsLintCommand.self]
    )
}
