import ArgumentParser
import FaultModel
import SuiteLanguage

struct FaultsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell the story of a preset: what happened, what should have, and its rules.",
        discussion: """
            EXAMPLES
              crisol faults show sandbox-lost-response
              crisol faults show sandbox-lost-response --namespace staging --set pod='web-*'
            """
    )

    @Argument(help: "A preset, or the path of a plan.")
    var plan: String
    @OptionGroup var options: PlanOptions

    func run() throws {
        let named = try NamedPlan(plan)
        let plan = try named.read(parameters: try options.parameters())
        for line in Self.lines(named, plan) { Console.line(Console.safe(line)) }
    }

    /// What is shown.
    static func lines(_ named: NamedPlan, _ plan: FaultPlan) -> [String] {
        let story = plan.story
        let name = plan.name ?? named.presetName
        var lines = [story.title.isEmpty ? name : "\(name): \(story.title)", ""]
        if !story.text.isEmpty { lines += indented(story.text) + [""] }
        if !story.references.isEmpty { lines.append("  seen at   \(story.references.joined(separator: ", "))") }
        if let kubelet = story.kubelet { lines += paragraph("kubelet", kubelet) }
        if let runtime = story.runtime { lines += paragraph("runtime", runtime) }
        for (index, parameter) in plan.parameters.enumerated() {
            let head = index == 0 ? "set       " : "          "
            lines.append("  \(head)\(parameter.name)=\(parameter.value)  \(parameter.about)")
        }
        let ends = plan.rules.map(\.ttl).max() ?? .zero
        lines += ["  ends      \(ends.planText) after arming", ""]
        let text = named.text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines + indented(text.drop { !$0.hasPrefix("rules:") }.joined(separator: "\n"))
    }

    /// The lines of a text, without those at its end that are empty.
    private static func indented(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        return lines.map { $0.isEmpty ? "" : "  \($0)" }
    }

    private static func paragraph(_ head: String, _ text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        return lines.enumerated().map { index, line in
            let label =
                index == 0 ? head + String(repeating: " ", count: 10 - head.count) : String(repeating: " ", count: 10)
            return "  \(label)\(line)"
        }
    }
}
