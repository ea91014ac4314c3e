import Foundation
import Testing

@testable import ManagedRuntime

struct NamespaceSessionTests {
    /// Like the inside it heeds no signal at once, and is killed when the pipe from its outside has no writer any more.
    private static let inside = """
        #!/bin/sh
        trap '' INT TERM HUP
        : >"$READY"
        cat >/dev/null
        kill -9 $$
        """

    @Test func `Who insists ends it at the third signal, with what a shell says of that one`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ns-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (program, ready) = (folder.appending(path: "inside").path, folder.appending(path: "ready").path)
        try Data(Self.inside.utf8).write(to: URL(fileURLWithPath: program))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        try #require(mkfifo(ready, 0o600) == 0)
        let signals = Signals(watchingNothing: ())
        Thread.detachNewThread {
            // Opened when the program heeds no signal any more.
            close(open(ready, O_RDONLY))
            for number in [SIGINT, SIGINT, SIGTERM] { signals.arrive(number) }
        }
        let code = try await NamespaceSession.run(
            arguments: [],
            sharesNetwork: false,
            environment: ["READY": ready, "PATH": "/usr/bin:/bin"],
            signals: signals,
            executable: program
        )
        #expect(code == 128 + SIGTERM)
    }
}
