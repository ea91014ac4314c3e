import ArgumentParser
import CRICatalog
import Foundation
import Outcome

/// The command line: parsing, wiring, printing.
struct Crisol: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crisol",
        abstract: "Tells the truth about Kubernetes container runtimes.",
        discussion: """
            EXAMPLES
              crisol run --managed containerd          judge a private containerd
              crisol run --endpoint unix:///run/containerd/containerd.sock
              crisol run --managed containerd --case 'exec.*'
              crisol lint my-suites/                   check suites, running nothing
              crisol explain sandbox.stop.unknown-id   what a case proves, and why

            EXIT CODES
              0  good                           1  bad verdict: a must is broken
              2  wrong usage, or a bad suite    3  could not judge
              128+n  ended by signal n
            """,
        version: CrisolVersion.current,
        subcommands: [
            RunCommand.self, ProveCommand.self, LintCommand.self, ListCommand.self, SchemaCommand.self,
            ExplainCommand.self, ReportCommand.self,
            ProxyCommands.self, FaultsCommand.self, ExecCommand.self, AttachCommand.self, PortForwardCommand.self,
            LogsCommand.self, RuntimeCommand.self, BenchCommand.self, CleanupCommand.self, ImagesCommand.self,
            VersionCommand.self, CompletionsCommand.self,
        ]
    )

    /// Runs the command and ends the process with the exit code of the table above: the one place where the
    /// parser's own codes become ours.
    static func runToExit() async -> Never {
        let command: any ParsableCommand
        do { command = try parseAsRoot() } catch { end(with: error) }
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
            if let problem = Console.lostOutput {
                Console.error("crisol: standard output: \(problem); not all of it was written")
                Foundation.exit(ExitCodes.couldNotJudge)
            }
            Foundation.exit(ExitCodes.good)
        } catch let error as ValidationError {
            // The words were understood, and what they name is wrong: how the command is used would not help.
            Console.error("Error: \(Console.safe(error.message))")
            Foundation.exit(ExitCodes.wrongUsage)
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: any Error) -> Never {
        if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        if code == .success {
            print(text)
            Foundation.exit(ExitCodes.good)
        }
        Console.error(unknownCommand(CommandLine.arguments) ?? text)
        Foundation.exit(code == .validationFailure ? ExitCodes.wrongUsage : ExitCodes.couldNotJudge)
    }

    /// What to say of a word that stands for a command and is none; the parser calls it an unexpected argument.
    private static func unknownCommand(_ arguments: [String]) -> String? {
        var command: any ParsableCommand.Type = Crisol.self
        var path = "crisol"
        for word in arguments.dropFirst() {
            let commands = command.configuration.subcommands
            guard !commands.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            guard let next = commands.first(where: { $0.configuration.commandName == word }) else {
                let hint = Spelling.suggestion(for: word, among: commands.compactMap { $0.configuration.commandName })
                return
                    "Error: \(path) has no command '\(Console.safe(word))'\(hint)\n  See '\(path) --help' for more information."
            }
            command = next
            path += " \(word)"
        }
        return nil
    }
}

/// The version of this program.
enum CrisolVersion {
    static let current = "0.1.0"
}
