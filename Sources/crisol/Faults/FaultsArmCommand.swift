import ArgumentParser
import FaultProxy
import Foundation

struct FaultsArmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arm",
        abstract: "Put rules in force, all of a file or none.",
        discussion: """
            A rule with the name of one that is in force takes its place and starts anew.

            EXAMPLES
              crisol faults arm slow-pulls.yaml
              crisol faults arm - < slow-pulls.yaml
            """
    )

    @OptionGroup var options: ControlOptions
    @Argument(help: "A file of rules; '-' for standard input.", completion: .file())
    var file: String

    /// Longer files are refused, in bytes.
    private static let limit = 1 << 20

    func run() async throws {
        let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file)
        guard let data = try handle?.read(upToCount: Self.limit + 1) else {
            throw ValidationError("\(file) cannot be read")
        }
        guard data.count <= Self.limit else { throw ValidationError("\(file) is longer than \(Self.limit) bytes") }
        try await options.ask("POST", "/rules", body: Array(data), as: ControlMessages.Change.self) { change in
            Console.line("armed: \(Console.safe(change.armed.joined(separator: ", ")))")
        }
    }
}
