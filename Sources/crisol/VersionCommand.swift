import ArgumentParser
import CRI
import CRICatalog
import CRIClient
import Outcome
import SwiftProtobuf

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Show the version of crisol and of a runtime.",
        discussion: """
            EXAMPLE
              crisol version --endpoint unix:///run/containerd/containerd.sock
            """
    )

    @Option(help: "The CRI socket to ask too.", completion: .file())
    var endpoint: String?

    func run() throws {
        let target = try endpoint.map { try parsed(endpoint: $0) }
        let code = Self.show(target)
        if code != ExitCodes.good { throw ExitCode(code) }
    }

    /// Answers a command line that is `version` in its plain form. Returns the exit code; `nil` for any other.
    ///
    /// Scripts and probes ask this in a loop. Half of such a process's time went into the argument parser's own start,
    /// which this form does not need; every other form, and everything that is wrong, is the parser's.
    static func answerPlainForm(_ arguments: [String]) -> Int32? {
        guard arguments.dropFirst().first == "version" else { return nil }
        let rest = Array(arguments.dropFirst(2))
        if rest.isEmpty { return show(nil) }
        guard rest.count == 2, rest[0] == "--endpoint", let target = try? Endpoint(rest[1]) else { return nil }
        return show(target)
    }

    /// Prints the versions. Returns the exit code.
    private static func show(_ target: Endpoint?) -> Int32 {
        Console.line("crisol \(CrisolVersion.current)")
        guard let target, let rpc = Catalog.rpc(named: "Version") else { return ExitCodes.good }
        let outcome = SingleCall(to: target).make(rpc, request: [], deadline: .seconds(10))
        guard outcome.code == .ok, let response = outcome.response else {
            Console.error("crisol: \(target): \(outcome.code.name): \(Console.safe(outcome.message))")
            return ExitCodes.couldNotJudge
        }
        guard let answer = try? Runtime_V1_VersionResponse(serializedBytes: response) else {
            Console.error("crisol: \(target): its answer to Version is not a VersionResponse")
            return ExitCodes.couldNotJudge
        }
        func shown(_ text: String, or other: String) -> String { text.isEmpty ? other : Console.safe(text) }
        let name = shown(answer.runtimeName, or: "(no name)")
        let version = shown(answer.runtimeVersion, or: "(no version)")
        Console.line("\(name) \(version) (CRI \(shown(answer.runtimeApiVersion, or: "?"))) at \(target)")
        return ExitCodes.good
    }
}

/// The endpoint of a command line.
func parsed(endpoint text: String) throws -> Endpoint {
    do { return try Endpoint(text) } catch { throw ValidationError("\(error)") }
}
