import ArgumentParser
import FaultProxy
import Foundation

struct FaultsDisarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disarm",
        abstract: "Take a rule out of force, and let go of everything it holds."
    )

    @OptionGroup var options: ControlOptions
    @Argument(help: "The rule.")
    var rule: String

    func run() async throws {
        let name = rule.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        guard !name.isEmpty else { throw ValidationError("a rule has a name") }
        try await options.ask("DELETE", "/rules/\(name)", as: ControlMessages.Change.self) { _ in
            Console.line("disarmed: \(Console.safe(rule))")
        }
    }
}
