import ArgumentParser
import Foundation
import Outcome

/// The command line: parsing, wiring, printing.
struct Crisol: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crisol",
        abstract: "Tells the truth about Kubernetes container runtimes.",
        discussion: """
            EXAMPLES
              crisol run --managed containerd            judge a private containerd with all suites
              crisol run --endpoint unix:///run/containerd/containerd.sock
              crisol run --managed containerd --case 'exec.*'
              crisol lint my-suites/                     check suites without running anything
              crisol explain sandbox.stop.unknown-id     what a case proves, and why

            EXIT CODES
              0  good            1  bad verdict: a must is broken      2  wrong usage, or a bad suite
              3  could not judge 128+n  ended by signal n
            """,
        version: CrisolVersion.current,
        subcommands: [
            RunCommand.self, ProveCommand.self, LintCommand.self, ListCommand.self, SchemaCommand.self,
            ExplainCommand.self,
            ExecCommand.self, AttachCommand.self, PortForwardCommand.self, LogsCommand.self, RuntimeCommand.self,
            FaultsCommand.self, CleanupCommand.self, ImagesCommand.self, VersionCommand.self, CompletionsCommand.self,
        ]
    )

    /// Runs the command and ends the process with the exit code of the table above: the one place where the
    /// parser's own codes become ours.
    static func runToExit() async -> Never {
        do {
            let command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
            Foundation.exit(ExitCodes.good)
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                print(text)
                Foundation.exit(ExitCodes.good)
            }
            Console.error(text)
            Foundation.exit(code == .validationFailure ? ExitCodes.wrongUsage : ExitCodes.couldNotJudge)
        }
    }
}

/// The version of this program.
enum CrisolVersion {
    static let current = "0.1.0"
}
