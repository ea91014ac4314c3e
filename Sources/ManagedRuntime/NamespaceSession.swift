import CNamespaces
import Foundation
import Synchronization

/// The first thing the program does: was it started to make namespaces and run itself in them?
public enum NamespaceInit {
    /// The hidden command.
    static let command = "__namespaces"

    /// Takes over when the arguments ask for it, and then never returns.
    public static func runIfRequested(_ arguments: [String]) {
        guard arguments.count > 1, arguments[1] == command else { return }
        var rest = arguments.dropFirst(2)
        let sharesNetwork = rest.first == "--share-network"
        if sharesNetwork { rest = rest.dropFirst() }
        if rest.first == "--" { rest = rest.dropFirst() }
        withCStrings(["crisol"] + rest) { crisol_namespace_main(sharesNetwork ? 1 : 0, $0) }
    }
}

/// The outer side of a run in private namespaces.
public enum NamespaceSession {
    /// Whether this process already is inside.
    public static var isInside: Bool { ProcessInfo.processInfo.environment["CRISOL_INSIDE"] == "1" }

    /// Whether the network namespace inside is private too.
    public static var hasOwnNetwork: Bool { isInside && !CommandLine.arguments.contains("--share-network") }

    /// Runs this program again in new namespaces and waits for it.
    ///
    /// The inside dies with this process, whatever ends it: it holds the reading end of a pipe whose only writer is
    /// here. SIGINT, SIGTERM and SIGHUP are passed on; at the third the inside is given up.
    ///
    /// - Returns: the exit code to end with: the inside's, or 128+n when the signal n was one too many.
    /// - Throws: `RuntimeError` when the program cannot be started.
    public static func run(
        arguments: [String],
        sharesNetwork: Bool,
        environment: [String: String],
        signals: Signals,
        executable: String = "/proc/self/exe"
    ) async throws(RuntimeError) -> Int32 {
        var ends: [Int32] = [0, 0]
        guard crisol_pipe(&ends) == 0 else { throw RuntimeError(.system, String(cString: strerror(errno))) }
        let (reader, lifeline) = (ends[0], ends[1])
        let words = [NamespaceInit.command] + (sharesNetwork ? ["--share-network"] : []) + ["--"] + arguments
        let pid: Int32
        do {
            pid = try ChildProcess.start(executable, words, environment: environment, input: reader)
        } catch {
            close(reader)
            close(lifeline)
            throw error
        }
        close(reader)
        let forwarding = Task { () -> Int32? in
            var count = 0
            var insistence: Int32?
            for await number in signals.numbers {
                count += 1
                kill(pid, number)
                // Clean-up after the first is bounded; who insists wants an end now, and `crisol cleanup` later.
                if count == 3 { close(lifeline) }
                if count >= 3 { insistence = number }
            }
            return insistence
        }
        let ending = await ChildProcess.wait(pid)
        forwarding.cancel()
        guard let insistence = await forwarding.value else {
            close(lifeline)
            return ending.code
        }
        // How the inside ended is the kernel's doing; what ended the run is the signal.
        return 128 + insistence
    }
}

/// SIGINT, SIGTERM and SIGHUP as a sequence.
public struct Signals: Sendable {
    /// The numbers, in the order they came.
    public let numbers: AsyncStream<Int32>
    private let arrivals: Arrivals

    /// Watches nothing; for signals that somebody else makes.
    init(watchingNothing: Void) {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        numbers = stream
        arrivals = Arrivals(continuation)
    }

    /// Begins to watch: from here on these signals no longer end the process by themselves.
    ///
    /// - Parameter another: one more signal to watch, such as SIGUSR1.
    public init(and another: Int32 = 0) {
        self.init(watchingNothing: ())
        let descriptor = crisol_watch_signals(another)
        guard descriptor >= 0 else { return }
        let arrivals = arrivals
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while read(descriptor, &byte, 1) == 1 { arrivals.add(Int32(byte)) }
        }
    }

    /// A signal came.
    func arrive(_ number: Int32) { arrivals.add(number) }

    /// Does something that the first signal cancels, also one that came before anybody looked at ``numbers``.
    ///
    /// - Throws: `RuntimeError` with the signal, if one came; else what the body throws.
    public func interrupting<Success: Sendable>(
        _ body: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        let task = Task { try await body() }
        arrivals.whenFirst { task.cancel() }
        let result = await task.result
        if let number = arrivals.first { throw RuntimeError.interrupted(by: number) }
        return try result.get()
    }
}

/// The signals that came, for those who read them in a row and for who is to be cancelled by the first.
///
/// Not by reading the row: who is cancelled while it waits for the next ends the row for all who come after.
private final class Arrivals: Sendable {
    private struct State {
        var first: Int32?
        var whenFirst: (@Sendable () -> Void)?
    }

    private let continuation: AsyncStream<Int32>.Continuation
    private let state = Mutex(State())

    init(_ continuation: AsyncStream<Int32>.Continuation) { self.continuation = continuation }

    var first: Int32? { state.withLock { $0.first } }

    func add(_ number: Int32) {
        let action = state.withLock { state in
            state.first = state.first ?? number
            defer { state.whenFirst = nil }
            return state.whenFirst
        }
        continuation.yield(number)
        action?()
    }

    /// Acts at the first signal, or at once when it has come.
    func whenFirst(_ action: @escaping @Sendable () -> Void) {
        let hasCome = state.withLock { state in
            state.whenFirst = action
            return state.first != nil
        }
        if hasCome { action() }
    }
}
