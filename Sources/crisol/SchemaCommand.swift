import ArgumentParser
import SuiteLanguage

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of suites, profiles or fault plans, for editors.",
        discussion: """
            An editor finds it by a comment in the first line of a suite:
              # yaml-language-server: $schema=suite.schema.json

            EXAMPLE
              crisol schema suite > suite.schema.json
            """
    )

    enum Kind: String, ExpressibleByArgument, CaseIterable { case suite, profile, plan }

    @Argument(help: "suite, profile or plan.")
    var kind: Kind

    func run() throws {
        let text =
            switch kind {
            case .suite: SuiteSchema.suite()
            case .profile: SuiteSchema.profile()
            case .plan: PlanSchema.plan()
            }
        Console.line(String(text.dropLast()))
    }
}
