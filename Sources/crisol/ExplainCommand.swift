import ArgumentParser
import CRICatalog
import Outcome
import SuiteLanguage

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show what a case proves, why, and how.",
        discussion: """
            EXAMPLE
              crisol explain sandbox.stop.unknown-id
            """
    )

    @Argument(help: "The id of a case, or a pattern such as 'exec.*'.")
    var id: String
    @Option(name: .long, help: "Suite files or folders.", completion: .file())
    var suites: [String] = []

    func run() throws {
        var options = SuiteOptions()
        options.suites = suites
        let set = try options.load()
        for (index, item) in try CaseSelection.select([id], from: set.cases).enumerated() {
            if index > 0 { Console.line() }
            Console.line("\(item.id)  (\(item.level.rawValue), \(item.position))")
            Console.line("  \(item.title)")
            Console.line("  source    \(item.sources.joined(separator: "; "))")
            if let why = item.why { Console.line("  why       \(why)") }
            Console.line("  since     Kubernetes \(item.since)")
            if !item.needs.isEmpty { Console.line("  stands on \(item.needs.joined(separator: ", "))") }
            if !item.requirements.isEmpty {
                Console.line("  requires  \(item.requirements.map(\.description).joined(separator: ", "))")
            }
            if !item.locks.isEmpty { Console.line("  alone on  \(item.locks.sorted().joined(separator: ", "))") }
            Console.line()
            let lines = set.lines[item.position.file] ?? []
            for number in item.lines where lines.indices.contains(number - 1) { Console.line("  \(lines[number - 1])") }
        }
    }
}
