import CRIClient
import Foundation
import KubeletLoad
import ManagedRuntime
import Runner

/// One load from its journal to its clean-up.
struct BenchKubeletSession: Sendable {
    struct Outcome: Sendable {
        /// `nil` when a signal came before there was anything to tell.
        var report: KubeletReport?
        var signal: Int32?
        /// What could not be removed, in sentences.
        var leftBehind: [String] = []
    }

    let found: EndpointDiscovery.Found
    let plan: KubeletLoad.Plan
    /// The image of the pods to make; `nil` when none are made.
    let image: String?

    func run(_ environment: [String: String]) async throws -> Outcome {
        let signals = Signals()
        guard let image, let count = plan.pods else {
            return try await withCRIClient(runtime: found.runtime, image: found.image) { client in
                try await interruptible(signals) { try await KubeletLoad(client: client, plan: plan).run() }
            }
        }
        _ = await CleanupCommand.cleanUp(environment)
        let journal = try RunJournal.open(state: StateFolder(environment: environment))
        let result: Result<Outcome, any Error>
        do {
            try journal.record(.cgroup(name: "crisol-\(journal.id)"))
            try journal.record(.objects(endpoint: found.runtime.description))
            result = .success(
                try await withCRIClient(runtime: found.runtime, image: found.image) { client in
                    try await interruptible(signals) {
                        let pods = LoadPods(client: client, run: journal.id, folder: journal.folder, image: image)
                        try await pods.make(count)
                        return try await KubeletLoad(client: client, plan: plan).run()
                    }
                }
            )
        } catch {
            result = .failure(error)
        }
        // A client of its own: the load's may be the one whose connection is stuck.
        var leftBehind = await Task {
            (try? await withCRIClient(runtime: found.runtime) { client in
                await RunRemoval(client: client, run: journal.id).remove(images: [])
            }) ?? []
        }.value
        if leftBehind.isEmpty { leftBehind = await journal.finish() }
        switch result {
        case .success(var outcome):
            outcome.leftBehind = leftBehind
            return outcome
        case .failure(let error):
            for problem in leftBehind { Console.error("crisol: \(Console.safe(problem)) (crisol cleanup tries again)") }
            throw error
        }
    }

    /// Runs `body`, and ends it early when a signal comes.
    private func interruptible(
        _ signals: Signals,
        _ body: @escaping @Sendable () async throws -> KubeletReport
    ) async throws -> Outcome {
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            group.addTask { Outcome(report: try await body()) }
            group.addTask {
                for await number in signals.numbers { return Outcome(signal: number) }
                return Outcome()
            }
            var outcome = try await group.next() ?? Outcome()
            group.cancelAll()
            if outcome.signal != nil {
                // What was seen until the signal is told.
                while let rest = try? await group.next() { outcome.report = outcome.report ?? rest.report }
            }
            return outcome
        }
    }
}
