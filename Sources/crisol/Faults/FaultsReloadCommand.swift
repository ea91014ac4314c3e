import ArgumentParser
import FaultProxy

struct FaultsReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have the proxy read its plan again; a bad one changes nothing.",
        discussion: """
            Rules that are in force just as the plan has them go on with their counts and
            their end; all others of the plan begin anew, and those it has no longer end.
            Rules that were armed by hand stay. SIGHUP does the same.
            """
    )

    @OptionGroup var options: ControlOptions

    func run() async throws {
        try await options.ask("POST", "/reload", as: ControlMessages.Change.self) { change in
            for (what, rules) in [("armed", change.armed), ("goes on", change.kept), ("disarmed", change.disarmed)] {
                for rule in rules { Console.line("\(what): \(Console.safe(rule))") }
            }
            if change.armed.isEmpty, change.kept.isEmpty { Console.line("the plan has no rule") }
        }
    }
}
