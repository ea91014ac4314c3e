import ArgumentParser
import CRICatalog
import CRIClient
import Foundation
import ManagedRuntime
import Outcome
import Runner

struct CleanupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cleanup",
        abstract: "Remove what a killed run left behind.",
        discussion: """
            Works from the journals of runs that are no longer alive; runs at work are
            left alone. Every run does the same at its start.
            """
    )

    func run() async throws {
        let outcome = await Self.cleanUp(ProcessInfo.processInfo.environment)
        for name in outcome.live { Console.line("run \(name) is still at work and was left alone") }
        for name in outcome.finished { Console.line("run \(name): everything it left behind is gone") }
        for problem in outcome.problems { Console.error("crisol: \(problem)") }
        if outcome.finished.isEmpty, outcome.problems.isEmpty { Console.line("nothing was left behind") }
        if !outcome.problems.isEmpty { throw ExitCode(ExitCodes.couldNotJudge) }
    }

    /// Finishes dead runs.
    static func cleanUp(_ environment: [String: String]) async -> Cleanup.Outcome {
        let state = StateFolder(environment: environment)
        return await Cleanup.run(state: state) { endpoint, run, images in
            guard let target = try? Endpoint(endpoint) else { return ["'\(endpoint)' in a journal is no endpoint"] }
            // A private runtime of our own took everything with it when it ended; another may come back.
            if target.path.hasPrefix("\(state.path)/runs/"), !FileManager.default.fileExists(atPath: target.path) {
                return []
            }
            // Nor does any runtime whose folder is gone, as /run's are after a boot, have anything of before.
            let folder = URL(fileURLWithPath: target.path).deletingLastPathComponent().path
            if !FileManager.default.fileExists(atPath: folder) { return [] }
            do {
                return try await withCRIClient(runtime: target) { client in
                    await RunRemoval(client: client, run: run).remove(images: images)
                }
            } catch {
                return ["\(endpoint): \(error)"]
            }
        }
    }
}
