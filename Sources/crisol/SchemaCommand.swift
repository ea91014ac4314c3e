import ArgumentParser
import SuiteLanguage

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of suites or profiles, for editors.",
        discussion: """
            An editor finds it by a comment in the first line of a suite:
              # yaml-language-server: $schema=suite.schema.json

            EXAMPLE
              crisol schema suite > suite.schema.json
            """
    )

    enum Kind: String, ExpressibleByArgument, CaseIterable { case suite, profile }

    @Argument(help: "suite or profile.")
    var kind: Kind

    func run() throws {
        let text =
            switch kind {
            case .suite: SuiteSchema.suite()
            case .profile: SuiteSchema.profile()
            }
        Console.line(String(text.dropLast()))
    }
}
