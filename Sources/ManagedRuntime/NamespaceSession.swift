import CNamespaces
import Foundation

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

    /// Signals as somebody else makes them.
    init(numbers: AsyncStream<Int32>) { self.numbers = numbers }

    /// Begins to watch: from here on these signals no longer end the process by themselves.
    ///
    /// - Parameter another: one more signal to watch, such as SIGUSR1.
    public init(and another: Int32 = 0) {
        let descriptor = crisol_watch_signals(another)
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        numbers = stream
        guard descriptor >= 0 else { return }
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while read(descriptor, &byte, 1) == 1 { continuation.yield(Int32(byte)) }
        }
    }
}
