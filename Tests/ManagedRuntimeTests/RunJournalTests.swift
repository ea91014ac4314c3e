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

    @Test func `A run that no variable names is adopted by nobody`() {
        #expect(throws: RuntimeError.self) { _ = try RunJournal.adopt(environment: [:], state: state) }
    }
}
