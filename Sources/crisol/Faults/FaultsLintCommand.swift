import ArgumentParser
import FaultModel
import Outcome
import SuiteLanguage

struct FaultsLintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Check plans of faults against the CRI, without a proxy.",
        discussion: """
            Every method, field, path, code and duration is checked, and that each rule
            can do what it says. Each mistake is named with file, line and column, and
            with what to do about it. Exit code 2 when there is one.

            EXAMPLES
              crisol faults lint my-plan.yaml
              crisol faults lint my-plan.yaml --set pod='web-*'
            """
    )

    @Argument(help: "Plans, by path, or presets, by name.", completion: .file())
    var plans: [String]
    @OptionGroup var options: PlanOptions

    func run() throws {
        let parameters = try options.parameters()
        var isGood = true
        for name in plans {
            do {
                let plan = try NamedPlan(name).read(parameters: parameters)
                Console.line("\(name): \(plan.rules.count) \(plan.rules.count == 1 ? "rule" : "rules"), no mistakes")
            } catch is ExitCode {
                isGood = false
            }
        }
        if !isGood { throw ExitCode(ExitCodes.wrongUsage) }
    }
}
