import ArgumentParser
import FaultModel
import SuiteLanguage

struct FaultsPresetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presets",
        abstract: "List the failures that are part of crisol.",
        discussion: """
            EXAMPLE
              crisol faults presets
            """
    )

    func run() throws {
        let plans = Presets.all()
        guard !plans.isEmpty else { throw ValidationError("this crisol was built without presets") }
        let width = plans.map(\.presetName.count).max() ?? 0
        for named in plans {
            let plan = try named.read(parameters: [:])
            let name = named.presetName
            Console.line("\(name)\(String(repeating: " ", count: width - name.count))  \(plan.story.title)")
        }
    }
}
