import Foundation
import Testing

@testable import ManagedRuntime

@Suite struct RunJournalTests {
    private let state = StateFolder(
        environment: [
            "CRISOL_STATE": FileManager.default.temporaryDirectory.appendingPathComponent("crisol-\(UUID().uuidString)")
                .path
        ]
    )

    @Test func `A run that lives is not cleaned up, one that was killed is`() async throws {
        defer { try? FileManager.default.removeItem(atPath: state.path) }
        let living = try RunJournal.open(state: state)
        try living.record(.cgroup(name: "crisol-\(living.id)"))
        let dead = "\(state.path)/runs/dead0000"
        try FileManager.default.createDirectory(atPath: dead, withIntermediateDirectories: true)
        // The last line is torn, as a crash leaves it.
        let torn = #"{"cgroup":{"name":"crisol-dead0000"}}"# + "\n{\"cgr"
        try Data(torn.utf8)
            .write(to: URL(fileURLWithPath: "\(dead)/journal.jsonl"))
        let outcome = await Cleanup.run(state: state) { _, _, _ in [] }
        #expect(outcome.finished == ["dead0000"])
        #expect(outcome.live == [living.id])
        #expect(outcome.problems == [])
        #expect(!FileManager.default.fileExists(atPath: dead))
        #expect(FileManager.default.fileExists(atPath: living.folder))
        #expect(await living.finish() == [])
        #expect(!FileManager.default.fileExists(atPath: living.folder))
    }

    @Test func `A folder that another took for a dead run's is no run's`() throws {
        defer { try? FileManager.default.removeItem(atPath: state.path) }
        let folder = "\(state.runs)/claimed0"
        let lock = try #require(try RunJournal.claim(folder))
        #expect(try RunJournal.claim(folder) == nil)
        // A clean-up lets go of a lock in a folder that it has removed.
        try FileManager.default.removeItem(atPath: folder)
        close(lock)
        let again = try #require(try RunJournal.claim(folder))
        close(again)
    }

    @Test func `No run that begins beside clean-ups loses its journal`() async throws {
        defer { try? FileManager.default.removeItem(atPath: state.path) }
        let state = state
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while !Task.isCancelled {
                        _ = await Cleanup.run(state: state) { _, _, _ in [] }
                        await Task.yield()
                    }
                }
            }
            for _ in 0..<300 {
                let run = try RunJournal.open(state: state)
                try run.record(.cgroup(name: "crisol-\(run.id)"))
                #expect(RunJournal.entries(in: run.folder) == [.cgroup(name: "crisol-\(run.id)")])
                #expect(await run.finish() == [])
                await Task.yield()
            }
            group.cancelAll()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: state.runs) == [])
    }

    @Test func `What was left of a run in its last moment goes without a word`() async throws {
        defer { try? FileManager.default.removeItem(atPath: state.path) }
        let folder = "\(state.runs)/last0000.ended"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(folder)/lock"))
        let outcome = await Cleanup.run(state: state) { _, _, _ in [] }
        #expect(outcome.finished + outcome.live + outcome.problems == [])
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test func `Where the runs cannot be read a clean-up does not say that there are none`() async throws {
        defer { try? FileManager.default.removeItem(atPath: state.path) }
        #expect(await Cleanup.run(state: state) { _, _, _ in [] }.problems == [])
        try FileManager.default.createDirectory(atPath: state.path, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: state.runs))
        #expect(await Cleanup.run(state: state) { _, _, _ in [] }.problems.count == 1)
    }

    @Test func `A run that no variable names is adopted by nobody`() {
        #expect(throws: RuntimeError.self) { _ = try RunJournal.adopt(environment: [:], state: state) }
    }
}
