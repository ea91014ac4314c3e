import CRIClient
import FakeCRI
import Foundation
import Testing

/// A `crisol proxy` that runs.
struct ProxyProgram: Sendable {
    let pid: pid_t
    /// The line it began with.
    let announcement: String
    private let lines: AsyncStream<String>

    /// Waits for a line with these words.
    func wait(for words: String) async {
        for await line in lines where line.contains(words) { return }
        Issue.record("the proxy never said '\(words)'")
    }

    /// Waits until it has ended.
    func end() async { for await _ in lines {} }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Runs it while `body` does; then it is asked to end, unless it has.
    ///
    /// - Returns: how it ended.
    @discardableResult
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        listening: Int32? = nil,
        _ body: (ProxyProgram) async throws -> Void
    ) async throws -> CrisolProgram.Ending {
        let (lines, continuation) = AsyncStream.makeStream(of: (text: String, pid: pid_t).self)
        let (rest, restContinuation) = AsyncStream.makeStream(of: String.self)
        let running = Task {
            defer {
                continuation.finish()
                restContinuation.finish()
            }
            return try await CrisolProgram.run(
                ["proxy"] + arguments,
                environment: environment,
                listening: listening
            ) { line, pid in
                continuation.yield((line, pid))
                restContinuation.yield(line)
            }
        }
        guard let first = await lines.first(where: { $0.text.hasPrefix("crisol proxy: listening") }) else {
            let ending = try await running.value
            Issue.record("the proxy ended with \(ending.code): \(ending.output)")
            return ending
        }
        let proxy = ProxyProgram(pid: first.pid, announcement: first.text, lines: rest)
        do { try await body(proxy) } catch {
            kill(first.pid, SIGKILL)
            _ = try await running.value
            throw error
        }
        kill(first.pid, SIGTERM)
        return try await running.value
    }
}

/// A runtime, and where a proxy before it is to listen.
struct ProxyScene: Sendable {
    let folder: String
    let runtime: FakeRuntime

    var socket: String { "\(folder)/p" }
    var control: String { "\(folder)/c" }
    var arguments: [String] {
        ["--listen", "unix://\(socket)", "--upstream", "unix://\(folder)/r", "--control", "unix://\(control)"]
    }

    static func run(
        _ script: FakeScript = FakeScript(),
        _ body: (ProxyScene) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try await FakeRuntime.run(script, at: .init("\(folder.path)/r")) { runtime in
            try await body(ProxyScene(folder: folder.path, runtime: runtime))
        }
    }

    /// `crisol faults ...` for this proxy.
    func faults(_ arguments: String...) async throws -> CrisolProgram.Ending {
        try await CrisolProgram.run(["faults"] + arguments, environment: ["CRISOL_CONTROL": control])
    }

    /// What `crisol faults ... --json` answered.
    func json(_ arguments: String...) async throws -> [String: Any] {
        let ending = try await CrisolProgram.run(
            ["faults"] + arguments + ["--json"],
            environment: ["CRISOL_CONTROL": control]
        )
        return try #require(
            try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any],
            "\(ending.output)"
        )
    }
}
