import ArgumentParser
import CRI
import CRICatalog
import CRIClient
import Outcome
import SwiftProtobuf

struct VersionCommand: AsyncParsableCommand {
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

    func run() async throws {
        Console.line("crisol \(CrisolVersion.current)")
        guard let endpoint else { return }
        let target = try parsed(endpoint: endpoint)
        guard let rpc = Catalog.rpc(named: "Version") else { return }
        let record = try await withCRIClient(runtime: target) { client in
            var options = CallOptions()
            options.deadline = .seconds(10)
            return await client.call(rpc, request: [], options: options)
        }
        guard record.code == .ok,
            let answer = try? Runtime_V1_VersionResponse(serializedBytes: record.responses.first ?? [])
        else {
            Console.error("crisol: \(target): \(record.code.name): \(Console.safe(record.message))")
            throw ExitCode(ExitCodes.couldNotJudge)
        }
        func shown(_ text: String, or other: String) -> String { text.isEmpty ? other : Console.safe(text) }
        let name = shown(answer.runtimeName, or: "(no name)")
        let version = shown(answer.runtimeVersion, or: "(no version)")
        Console.line("\(name) \(version) (CRI \(shown(answer.runtimeApiVersion, or: "?"))) at \(target)")
    }
}

/// The endpoint of a command line.
func parsed(endpoint text: String) throws -> Endpoint {
    do { return try Endpoint(text) } catch { throw ValidationError("\(error)") }
}
