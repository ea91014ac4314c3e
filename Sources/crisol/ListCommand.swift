import ArgumentParser
import CRICatalog
import Foundation
import Outcome
import SuiteLanguage

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Name all cases.",
        discussion: """
            EXAMPLES
              crisol list
              crisol list --level must --label idempotence
              crisol list --json | jq -r '.[] | select(.level == "must").id'
            """
    )

    @OptionGroup var options: SuiteOptions
    @OptionGroup var selection: SelectionOptions
    @Flag(
        help: "As JSON: an array of id, suite, title, level, since, sources, labels, needs, requires, rpcs, position."
    )
    var json = false

    private struct Entry: Encodable {
        let id, suite, title, level, since: String
        let sources, labels, needs, requires, rpcs: [String]
        let position: String
    }

    func run() throws {
        let cases = try selection.select(from: options.load().cases, areNamed: !options.suites.isEmpty)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let entries = cases.map { item in
                Entry(
                    id: item.id,
                    suite: item.suite,
                    title: item.title,
                    level: item.level.rawValue,
                    since: item.since.description,
                    sources: item.sources,
                    labels: item.labels,
                    needs: item.needs,
                    requires: item.requirements.map(\.description),
                    rpcs: item.rpcs,
                    position: item.position.description
                )
            }
            Console.line(String(decoding: try encoder.encode(entries), as: UTF8.self))
            return
        }
        let width = cases.map(\.id.count).max() ?? 0
        for item in cases {
            let id = item.id.padding(toLength: width, withPad: " ", startingAt: 0)
            let level = item.level.rawValue.padding(toLength: 6, withPad: " ", startingAt: 0)
            Console.line("\(id)  \(level)  \(item.title)")
        }
        Console.line(cases.count == 1 ? "1 case" : "\(cases.count) cases")
    }
}
