import Foundation
import Testing

@testable import ManagedRuntime

/// Preparing a run can take minutes, and who has had enough must not be told that something is missing.
struct InterruptionTests {
    private static func signal(_ body: () async throws -> Void) async -> Int32? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? RuntimeError)?.signal
        }
    }

    /// A terminal sends Ctrl-C to both.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `A program that such a signal ends says nothing of what is there`(number: Int32) async {
        let signal = await Self.signal { _ = try await ChildProcess.prepare("/bin/sh", ["-c", "kill -\(number) $$"]) }
        #expect(signal == number)
    }

    @Test func `A program that ends otherwise is an answer`() async throws {
        let (ending, output) = try await ChildProcess.prepare("/bin/sh", ["-c", "echo no; exit 7"])
        #expect(ending.code == 7)
        #expect(output == "no\n")
        let (killed, _) = try await ChildProcess.prepare("/bin/sh", ["-c", "kill -9 $$"])
        #expect(killed.signal == SIGKILL)
    }

    @Test func `The first signal ends the program that is at work`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "in-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ready = folder.appending(path: "ready").path
        try #require(mkfifo(ready, 0o600) == 0)
        let signals = Signals(watchingNothing: ())
        Thread.detachNewThread {
            close(open(ready, O_RDONLY))
            signals.arrive(SIGHUP)
            signals.arrive(SIGTERM)
        }
        let signal = await Self.signal {
            try await signals.interrupting {
                _ = try await ChildProcess.prepare("/bin/sh", ["-c", ": >\(ready); exec sleep 600"])
                Issue.record("what comes after it was done too")
            }
        }
        #expect(signal == SIGHUP)
        // Who reads them afterwards misses none.
        var numbers = signals.numbers.makeAsyncIterator()
        #expect(await numbers.next() == SIGHUP)
        #expect(await numbers.next() == SIGTERM)
    }

    @Test func `A signal that came before ends it too, and without one nothing happens`() async throws {
        let signals = Signals(watchingNothing: ())
        #expect(try await signals.interrupting { 5 } == 5)
        signals.arrive(SIGINT)
        let signal = await Self.signal {
            try await signals.interrupting { _ = try await ChildProcess.prepare("/bin/sleep", ["600"]) }
        }
        #expect(signal == SIGINT)
    }
}
