import AgentProtocol
import CRICatalog
import CRIClient
import Foundation
import ManagedRuntime
import Outcome
import Report
import Runner
import Streaming
import SuiteLanguage
import TestImages

/// One run from its journal to its report, in one of three places: against an endpoint, around the namespaces of a
/// managed runtime, or inside them.
struct RunSession {
    let command: RunCommand
    let cases: [Case]
    let files: RunFiles
    let environment: [String: String]
    let signals: Signals

    // MARK: - Managed

    /// Outside: finds the programs, owns the journal, and lets this program run itself inside.
    func aroundNamespaces() async throws -> Int32 {
        try requireRoot()
        await tidy()
        let state = StateFolder(environment: environment)
        let (source, environment) = (command.managed?.source, environment)
        _ = try await signals.interrupting { try await Self.binaries(source, state, environment) }
        // Also a missing agent is better said before anything is started.
        _ = try AgentBinary.load(environment: environment, embedded: EmbeddedFiles.bytes(EmbeddedFiles.agent))
        let journal = try RunJournal.open(state: state)
        try journal.record(.cgroup(name: "crisol-\(journal.id)"))
        if command.shareNetwork { try journal.record(.bridge(name: HostBridge.name(run: journal.id))) }
        var inner = environment
        inner[RunJournal.variable] = journal.id
        let code: Int32
        do {
            code = try await NamespaceSession.run(
                arguments: Array(CommandLine.arguments.dropFirst()),
                sharesNetwork: command.shareNetwork,
                environment: inner,
                signals: signals
            )
        } catch {
            for problem in await journal.finish() { Console.error("crisol: \(problem)") }
            throw error
        }
        for problem in await journal.finish() { Console.error("crisol: \(problem) (crisol cleanup tries again)") }
        return code
    }

    /// Inside: registry, runtime, run.
    func insideNamespaces() async throws -> Int32 {
        let state = StateFolder(environment: environment)
        let binaries = try await Self.binaries(command.managed?.source, state, environment)
        let journal = try RunJournal.adopt(environment: environment, state: state)
        let agent = try AgentBinary.load(environment: environment, embedded: EmbeddedFiles.bytes(EmbeddedFiles.agent))
        let secure = try SecureListeners(host: "127.0.0.1")
        return try await withRegistry(listeners: [.address(command.registryAddress)] + secure.listeners) { registry in
            let sandboxImage = try ImageSet(agent: agent, run: journal.id).serve(on: registry)
            let hosts = Array(registry.addresses.dropFirst())
            return try await withManagedContainerd(
                binaries: binaries,
                folder: "\(journal.folder)/runtime",
                sandboxImage: sandboxImage,
                secureRegistries: (hosts, secure.authorityPEM),
                hostBridge: command.shareNetwork ? HostBridge.name(run: journal.id) : nil,
                ready: RuntimeReadiness.answers
            ) { runtime in
                try await judge(
                    Endpoint(runtime.endpoint),
                    image: nil,
                    registry,
                    Dictionary(uniqueKeysWithValues: zip(secure.transports, hosts)),
                    agent,
                    journal,
                    managed: runtime
                )
            }
        }
    }

    private static func binaries(
        _ source: RuntimeBinaries.Source?,
        _ state: StateFolder,
        _ environment: [String: String]
    ) async throws -> RuntimeBinaries {
        try await RuntimeBinaries.locate(source ?? .machine, cache: state.packages, environment: environment) {
            Console.error("crisol: \($0)")
        }
    }

    private func requireRoot() throws {
        guard getuid() == 0 else {
            throw RuntimeError(
                .system,
                "a managed runtime needs root: run crisol as root, or judge a running one with --endpoint"
            )
        }
    }

    // MARK: - Endpoint

    /// Against a runtime that lives on.
    func againstEndpoint() async throws -> Int32 {
        let found = try command.target.find(environment)
        let (endpoint, image) = (found.runtime, found.image)
        if command.target.endpoint == nil { Console.line("note: \(endpoint) (\(found.origin))") }
        await tidy()
        let agent = try AgentBinary.load(environment: environment, embedded: EmbeddedFiles.bytes(EmbeddedFiles.agent))
        let journal = try RunJournal.open(state: StateFolder(environment: environment))
        let outcome: Result<Int32, any Error>
        do {
            try journal.record(.cgroup(name: "crisol-\(journal.id)"))
            try journal.record(.objects(endpoint: endpoint.description))
            let listener = try listener(for: endpoint)
            outcome = .success(
                try await withRegistry(listeners: [listener]) { registry in
                    _ = try ImageSet(agent: agent, run: journal.id).serve(on: registry)
                    return try await judge(endpoint, image: image, registry, [:], agent, journal, managed: nil)
                }
            )
        } catch {
            outcome = .failure(error)
        }
        // Where no sandbox was ever asked for, nothing is left, and perhaps nobody was there to ask.
        let madeSandboxes = FileManager.default.fileExists(atPath: "\(journal.folder)/logs")
        var left = madeSandboxes ? await Self.remains(of: journal.id, on: endpoint) : []
        if left.isEmpty { left = await journal.finish() }
        for problem in left { Console.error("crisol: \(Console.safe(problem)) (crisol cleanup tries again)") }
        return try outcome.get()
    }

    /// What the run's cases could not remove and cannot be removed now either, in sentences: the journal then stays,
    /// and with it the folders that are mounted in what is left. A client of its own, for the run's may be stuck; a task
    /// of its own, for the run may have been cancelled.
    private static func remains(of run: String, on endpoint: Endpoint) async -> [String] {
        await Task {
            (try? await withCRIClient(runtime: endpoint) { client in
                await RunRemoval(client: client, run: run).remove(images: [], attempts: 1)
            }) ?? []
        }.value
    }

    /// Where the registry listens; a runtime in a network namespace of its own reaches one only there.
    private func listener(for endpoint: Endpoint) throws -> RegistryListener {
        let plain: RegistryListener
        if command.registryAddress == "127.0.0.1:0", let owner = NetworkNamespace.foreignOwner(ofSocket: endpoint.path)
        {
            let (descriptor, port) = try NetworkNamespace.listeningSocket(
                inNamespaceOf: owner,
                address: "127.0.0.1",
                port: 0
            )
            plain = .socket(descriptor: descriptor, address: "127.0.0.1:\(port)")
        } else {
            plain = .address(command.registryAddress)
        }
        return files.identity.map { .tls(plain, $0) } ?? plain
    }

    // MARK: - The run

    /// Finishes what earlier runs that were killed left behind.
    private func tidy() async {
        let outcome = await CleanupCommand.cleanUp(environment)
        for name in outcome.finished { Console.error("crisol: removed what the killed run \(name) left behind") }
        for problem in outcome.problems { Console.error("crisol: \(problem)") }
    }

    private func judge(
        _ endpoint: Endpoint,
        image: Endpoint?,
        _ registry: Registry,
        _ secureAddresses: [SecureTransport: String],
        _ agent: [UInt8],
        _ journal: RunJournal,
        managed: ManagedContainerd?
    ) async throws -> Int32 {
        let plan = try command.plan(cases, known: files.known)
        let progress = Progress()
        let way = RelayedEndpoints(runtime: endpoint, image: image, isRelayed: command.throughProxy)
        let (results, signal) = try await way.withClient { client in
            var context = RunContext(
                client: client,
                endpoint: endpoint,
                imageEndpoint: image,
                registry: registry,
                secureAddresses: secureAddresses,
                agent: agent,
                journal: journal,
                managed: managed,
                runtimeHandler: command.runtimeHandler,
                mappedAgent: files.agentImage
            )
            guard let breakage = try command.breakage() else { return await run(plan, context, progress) }
            Console.line(
                "note: every stream is broken on its way (\(breakage)); this judges the suites, not the runtime"
            )
            return try await withStreamRelay(breakage) { relay in
                context.streamRelay = relay
                return await run(plan, context, progress)
            }
        }
        progress.finish()
        return report(results, signal: signal)
    }

    private func run(_ plan: RunPlan, _ context: RunContext, _ progress: Progress) async -> (Results, Int32?) {
        let runner = Runner(plan, context: context, observer: progress)
        return await interruptible { await runner.run(crisolVersion: CrisolVersion.current) }
    }

    /// Runs the work and cancels it on the first signal.
    private func interruptible(_ work: @escaping @Sendable () async -> Results) async -> (Results, Int32?) {
        await withTaskGroup(of: (Results?, Int32?).self) { group in
            let running = Task { await work() }
            group.addTask { (await running.value, nil) }
            group.addTask {
                for await number in signals.numbers {
                    Console.error("crisol: interrupted; removing what the run made")
                    running.cancel()
                    return (nil, number)
                }
                return (nil, nil)
            }
            var signal: Int32?
            while let (results, number) = await group.next() {
                signal = signal ?? number
                if let results {
                    group.cancelAll()
                    return (results, signal)
                }
            }
            return (await running.value, signal)
        }
    }

    /// Writes the report and prints the verdict; the exit code.
    private func report(_ results: Results, signal: Int32?) -> Int32 {
        var code = results.verdict.exitCode(signal: signal)
        var results = results
        if command.proves { results.findings += ProofText.findings(results) }
        for finding in results.findings { Console.line("\(finding.title): \(Console.safe(finding.text))") }
        let folder = ReportFolder(path: command.output)
        var isWritten = true
        do {
            try folder.write(results)
            Console.line("report  \(command.output)/index.html")
        } catch {
            Console.error("crisol: the report could not be written: \(error)")
            isWritten = false
        }
        if let path = command.writeProfile, !draft(results, path) { isWritten = false }
        Console.line(Console.safe(results.sentence))
        Console.line(Console.safe(results.verdictLine))
        if command.proves, signal == nil { code = ProofText.show(results) }
        return code == ExitCodes.good && !isWritten ? ExitCodes.couldNotJudge : code
    }
}

extension RunSession {
    /// Writes what is broken as a profile to be filled in; never over a file that somebody filled in.
    ///
    /// - Returns: whether there is nothing that should have been written and was not.
    private func draft(_ results: Results, _ path: String) -> Bool {
        guard let text = ProfileDraft().render(results) else {
            Console.line("nothing is broken that a profile could accept, so none was written")
            return true
        }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
            Console.line("profile \(path) (to be filled in)")
            return true
        } catch {
            Console.error("crisol: the profile \(path) was not written: \(error.localizedDescription)")
            return false
        }
    }
}

/// The images every run serves.
struct ImageSet {
    let agent: [UInt8]
    let run: String

    /// Serves the agent's image and the sandbox image; the latter's reference.
    func serve(on registry: Registry) throws -> String {
        let prefix = "crisol-\(run)"
        // Marked, so that no two runs ever share an image on one runtime.
        let workload = try ImageBuilder.build(.agent.marked(run), agent: agent)
        let sandbox = try ImageBuilder.build(.sandbox.marked(run), agent: agent)
        registry.serve(workload, repository: "\(prefix)/agent", tags: ["latest"])
        registry.serve(sandbox, repository: "\(prefix)/sandbox", tags: ["latest"])
        return "\(registry.address)/\(prefix)/sandbox:latest"
    }
}

/// Whether a runtime answers.
enum RuntimeReadiness {
    @Sendable static func answers(socket: String) async -> Bool {
        guard let endpoint = try? Endpoint(socket), let rpc = Catalog.cri.rpc(named: "Version") else { return false }
        let record = try? await withCRIClient(runtime: endpoint) { client in
            var options = CallOptions()
            options.deadline = .seconds(5)
            return await client.call(rpc, request: [], options: options)
        }
        return record?.code == .ok
    }
}
