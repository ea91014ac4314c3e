import ArgumentParser
import FaultProxy

struct FaultsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the rules, how long they are still in force, and what they have done."
    )

    @OptionGroup var options: ControlOptions

    func run() async throws {
        try await options.ask("GET", "/rules", as: ControlMessages.Rules.self) { Self.show($0) }
    }

    private static func show(_ answer: ControlMessages.Rules) {
        guard !answer.rules.isEmpty else { return Console.line("no rule is armed") }
        var table = TextTable(["RULE", "ENDS IN", "ACTION", "METHODS", "MATCHED", "ACTED", "NOW", "LEFT ALONE"])
        for rule in answer.rules {
            let left = rule.refused.sorted { $0.key < $1.key }.filter { !$0.key.hasPrefix("no-match") }
            table.add([
                Console.safe(rule.id),
                rule.live ? RemainingTime.text(rule.remainingSeconds) : "ended",
                Console.safe(rule.action) + (rule.dryRun ? " (dry run)" : ""),
                rule.methods.isEmpty ? "*" : Console.safe(rule.methods.joined(separator: ",")),
                "\(rule.matched)", "\(rule.acted)", "\(rule.inFlight)",
                left.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
            ])
        }
        for line in table.lines { Console.line(line) }
    }
}
