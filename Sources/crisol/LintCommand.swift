import ArgumentParser
import Outcome
import SuiteLanguage

struct LintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Check suites, profiles and fault plans against the CRI, without a runtime.",
        discussion: """
            Every RPC, field, enum value, path, unit and matcher is typed. Each mistake is
            named with file, line and column, and with the name that was probably meant.
            Exit code 2 when there is one.

            EXAMPLE
              crisol lint suites/conformance my-cases.yaml my-plan.yaml
            """
    )

    @OptionGroup var options: SuiteOptions

    func run() throws {
        let set = try options.read()
        for text in set.rendered() { Console.line(Console.safe(text)) }
        for profile in set.profiles where !set.suites.isEmpty {
            if let note = profile.note(beside: set.cases) {
                Console.line("note: \(Console.safe(profile.name)): \(note)")
            }
        }
        let count = set.diagnostics.count
        let cases = set.cases.count
        if count == 0 {
            var found: [String] = []
            if cases > 0 || set.plans.isEmpty && set.profiles.isEmpty {
                found.append(
                    "\(set.suites.count) \(set.suites.count == 1 ? "suite" : "suites") with \(cases) \(cases == 1 ? "case" : "cases")"
                )
            }
            if !set.profiles.isEmpty {
                // A profile alone says nothing about which cases there are.
                let apart = set.suites.isEmpty ? " (whose cases are looked up only beside suites)" : ""
                found.append("\(set.profiles.count) \(set.profiles.count == 1 ? "profile" : "profiles")\(apart)")
            }
            if !set.plans.isEmpty {
                found.append("\(set.plans.count) fault \(set.plans.count == 1 ? "plan" : "plans")")
            }
            Console.line("\(found.joined(separator: ", ")): no mistakes")
        } else {
            Console.line("\(count) \(count == 1 ? "mistake" : "mistakes")")
            throw ExitCode(ExitCodes.wrongUsage)
        }
    }
}
