import ArgumentParser
import FaultProxy
import Foundation

struct FaultsArmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arm",
        abstract: "Put the rules of a plan or a preset in force, all of them or none.",
        discussion: """
            A rule with the name of one that is in force takes its place and starts anew.

            EXAMPLES
              crisol faults arm sandbox-lost-response --namespace staging
              crisol faults arm slow-pulls.yaml --set calls=1..3
              crisol faults arm - \\
                  <<< '{id: slow, match: {method: PullImage}, fault: {delay: 3s}}'
            """
    )

    @OptionGroup var options: ControlOptions
    @OptionGroup var planOptions: PlanOptions
    @Argument(help: "A preset, the path of a plan, or '-' for a plan or a rule on standard input.", completion: .file())
    var plan: String

    /// Longer ones are refused, in bytes.
    private static let limit = 1 << 20

    func run() async throws {
        let text = try plan == "-" ? Self.standardInput() : NamedPlan(plan)
        guard text.text.utf8.count <= Self.limit else {
            throw ValidationError("\(plan) is longer than \(Self.limit) bytes")
        }
        var target = URLComponents()
        target.path = "/rules"
        target.queryItems = [URLQueryItem(name: "name", value: text.name)]
        for (name, value) in try planOptions.parameters().sorted(by: { $0.key < $1.key }) {
            target.queryItems?.append(URLQueryItem(name: "set", value: "\(name)=\(value)"))
        }
        // A plus sign stands for a space in forms, and the query may be read as one.
        target.percentEncodedQuery = target.percentEncodedQuery?.replacingOccurrences(of: "+", with: "%2B")
        let body = Array(text.text.utf8)
        try await options.ask("POST", target.string ?? "/rules", body: body, as: ControlMessages.Change.self) {
            change in
            Console.line("armed: \(Console.safe(change.armed.joined(separator: ", ")))")
            for note in change.notes { Console.error("crisol: note: \(Console.safe(note))") }
        }
    }

    private static func standardInput() throws -> NamedPlan {
        guard let data = try FileHandle.standardInput.read(upToCount: limit + 1),
            let text = String(validating: data, as: UTF8.self)
        else { throw ValidationError("standard input has no text in UTF-8") }
        return NamedPlan(name: "standard input", text: text)
    }
}
