import Foundation
import Synchronization
import Testing

@testable import ManagedRuntime

struct FolderTurnTests {
    private final class Notes: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock(\.self) }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private final class Folder: Sendable {
        let path = FileManager.default.temporaryDirectory.appending(path: "turn-\(UUID().uuidString.prefix(8))").path
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    @Test func `One has the turn, the next is told that it waits and has it afterwards`() async throws {
        let folder = Folder()
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let done = Notes()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (taken, take) = AsyncStream.makeStream(of: Void.self)
            group.addTask {
                try await FolderTurn.take(in: folder.path) {
                } _: { () async throws(RuntimeError) in
                    take.yield()
                    for await _ in released { break }
                    done.add("first")
                }
            }
            for await _ in taken { break }
            group.addTask {
                try await FolderTurn.take(in: folder.path) {
                    done.add("waits")
                    release.yield()
                } _: { () async throws(RuntimeError) in
                    done.add("second")
                }
            }
            try await group.waitForAll()
        }
        #expect(done.all == ["waits", "first", "second"])
    }

    @Test func `Who fails gives the turn back`() async throws {
        let folder = Folder()
        await #expect(throws: RuntimeError.self) {
            try await FolderTurn.take(in: folder.path) {
            } _: { () async throws(RuntimeError) in
                throw RuntimeError(.missing, "no")
            }
        }
        let value = try await FolderTurn.take(in: folder.path) {
            Issue.record("nobody has the turn")
        } _: { () async throws(RuntimeError) in
            5
        }
        #expect(value == 5)
    }

    @Test func `Who has had enough of waiting is interrupted`() async throws {
        let folder = Folder()
        let signal = try await FolderTurn.take(in: folder.path) {
        } _: { () async throws(RuntimeError) -> Int32? in
            let (waits, tell) = AsyncStream.makeStream(of: Void.self)
            let other = Task {
                try await FolderTurn.take(in: folder.path) {
                    tell.yield()
                } _: { () async throws(RuntimeError) in
                    _ = Issue.record("two have the turn")
                }
            }
            for await _ in waits { break }
            other.cancel()
            do { try await other.value } catch { return (error as? RuntimeError)?.signal }
            return nil
        }
        #expect(signal == SIGTERM)
    }

    @Test func `A folder that cannot be made is named`() async {
        await #expect(throws: RuntimeError.self) {
            try await FolderTurn.take(in: "/proc/none") {
            } _: { () async throws(RuntimeError) in
            }
        }
    }
}
