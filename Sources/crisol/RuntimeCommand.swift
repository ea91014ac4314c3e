import AgentProtocol
import ArgumentParser
import CRICatalog
import CRIClient
import Foundation
import ManagedRuntime
import Outcome
import TestImages

struct RuntimeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runtime",
        abstract: "Start a private runtime.",
        subcommands: [RuntimeStartCommand.self]
    )
}

struct RuntimeStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start a private containerd and keep it until a signal comes.",
        discussion: """
            Stays in the foreground. When the runtime answers it prints IMAGE=REFERENCE,
            an image that can be pulled and whose containers stay, and READY=ENDPOINT. On
            SIGINT or SIGTERM everything is removed again and the exit code is 0.

            EXAMPLE
              crisol runtime start
              crisol run --endpoint ENDPOINT     in another terminal
            """
    )

    @Option(help: "containerd, containerd@1.7 (from Debian's suites), or containerd=DIR with its programs.")
    var managed: ManagedOption?
    @Flag(
        help:
            "Leave it in this machine's network namespace. net.ipv4.ip_forward stays switched on there, and the portmap plugin's chains stay."
    )
    var shareNetwork = false

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let signals = Signals()
        let state = StateFolder(environment: environment)
        let source = managed?.source ?? .machine
        let code: Int32
        do {
            guard getuid() == 0 else { throw RuntimeError(.system, "a private runtime needs root") }
            @Sendable func binaries() async throws -> RuntimeBinaries {
                try await RuntimeBinaries.locate(source, cache: state.packages, environment: environment) {
                    Console.error("crisol: \($0)")
                }
            }
            if NamespaceSession.isInside {
                code = try await inside(try await binaries(), state, environment, signals)
            } else {
                _ = try await signals.interrupting { try await binaries() }
                _ = await CleanupCommand.cleanUp(environment)
                let journal = try RunJournal.open(state: state)
                try journal.record(.cgroup(name: "crisol-\(journal.id)"))
                if shareNetwork { try journal.record(.bridge(name: HostBridge.name(run: journal.id))) }
                var inner = environment
                inner[RunJournal.variable] = journal.id
                code = try await NamespaceSession.run(
                    arguments: Array(CommandLine.arguments.dropFirst()),
                    sharesNetwork: shareNetwork,
                    environment: inner,
                    signals: signals
                )
                for problem in await journal.finish() { Console.error("crisol: \(problem)") }
            }
        } catch {
            Console.error("crisol: \(Console.safe("\(error)"))")
            throw ExitCode(afterFailure: error)
        }
        if code != 0 { throw ExitCode(code) }
    }

    private func inside(
        _ binaries: RuntimeBinaries,
        _ state: StateFolder,
        _ environment: [String: String],
        _ signals: Signals
    ) async throws -> Int32 {
        let journal = try RunJournal.adopt(environment: environment, state: state)
        let agent = try AgentBinary.load(environment: environment, embedded: EmbeddedFiles.bytes(EmbeddedFiles.agent))
        return try await withRegistry(listeners: [.address("127.0.0.1:0")]) { registry in
            let sandboxImage = try ImageSet(agent: agent, run: journal.id).serve(on: registry)
            return try await withManagedContainerd(
                binaries: binaries,
                folder: "\(journal.folder)/runtime",
                sandboxImage: sandboxImage,
                hostBridge: shareNetwork ? HostBridge.name(run: journal.id) : nil,
                ready: RuntimeReadiness.answers
            ) { runtime in
                Console.line("IMAGE=\(registry.address)/crisol-\(journal.id)/agent:latest")
                Console.line("READY=unix://\(runtime.endpoint)")
                return await stay(runtime, signals)
            }
        }
    }

    /// Stays until a signal comes (a good end) or the runtime dies (not one).
    private func stay(_ runtime: ManagedContainerd, _ signals: Signals) async -> Int32 {
        await withTaskGroup(of: Int32.self) { group in
            group.addTask {
                for await _ in signals.numbers { return ExitCodes.good }
                return ExitCodes.good
            }
            group.addTask {
                while !Task.isCancelled {
                    if let reason = runtime.deathReason {
                        Console.error("crisol: containerd \(reason)")
                        return ExitCodes.couldNotJudge
                    }
                    try? await Task.sleep(for: .milliseconds(200))
                }
                return ExitCodes.good
            }
            let code = await group.next() ?? ExitCodes.good
            group.cancelAll()
            return code
        }
    }
}
