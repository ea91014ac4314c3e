import ArgumentParser
import CRICatalog
import Foundation
import Outcome
import SuiteLanguage

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show what a case proves, why, and how.",
        discussion: """
            EXAMPLES
              crisol explain sandbox.stop.unknown-id
              crisol explain 'my.*' my-suites/
            """
    )

    @Argument(help: "The id of a case, or a pattern such as 'exec.*'.")
    var id: String
    @Argument(help: "Suite files, or folders with them. Default: crisol's own.", completion: .file())
    var paths: [String] = []
    @Option(name: .long, help: "The same, one at a time.", completion: .file())
    var suites: [String] = []

    func validate() throws {
        for path in paths where !FileManager.default.fileExists(atPath: path) {
            throw ValidationError(
                "one id or pattern is explained at a time, and behind it stand suites: '\(path)' is no file or folder"
            )
        }
    }

    func run() throws {
        var options = SuiteOptions()
        options.suites = suites + paths
        let set = try options.load()
        let cases = try CaseSelection.select([id], from: set.cases, areNamed: !options.suites.isEmpty)
        for (index, item) in cases.enumerated() {
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
