import ArgumentParser
import FaultModel
import FaultProxy
import Foundation
import ManagedRuntime
import Outcome

/// One `crisol proxy` from its sockets to its last call.
struct ProxySession {
    private let command: ProxyCommand
    private let board: RuleBoard
    private let state: ProxyState
    private let activated: ActivatedSockets
    private let notifier: SystemdNotifier
    private let killFile: KillFile?

    /// Reads all that can be wrong before anything is touched.
    ///
    /// - Throws: `ValidationError`, `PlanProblem`, or what is wrong with the sockets that were passed.
    init(_ command: ProxyCommand, environment: [String: String]) throws {
        self.command = command
        activated = try ActivatedSockets(environment)
        notifier = SystemdNotifier(environment)
        let upstream = try ProxyCommand.path(command.upstream, "--upstream")
        let listen = try Self.listenPath(command, activated)
        try Self.checkUpstream(upstream, isRequired: activated.relay == nil)
        let board = try ProxyRules(command).board()
        self.board = board
        killFile = command.killFile.map { KillFile(path: $0, board: board) }
        let facts = ProxyFacts(
            program: CrisolVersion.current,
            listen: listen,
            upstream: upstream,
            ledger: command.ledger,
            replay: command.replay,
            began: Int64(Date().timeIntervalSince1970 * 1000)
        )
        let control = activated.control?.path ?? (command.control == "none" ? nil : command.control)
        state = ProxyState(facts, control: control)
    }

    private static func listenPath(_ command: ProxyCommand, _ activated: ActivatedSockets) throws -> String {
        guard let listen = command.listen else {
            guard let socket = activated.relay else {
                throw ValidationError("--listen is missing: the socket that kubelet is to be pointed to")
            }
            return socket.path
        }
        let path = try ProxyCommand.path(listen, "--listen")
        if let socket = activated.relay, socket.path != path {
            throw ValidationError("--listen says \(path), and systemd passed a socket at \(socket.path)")
        }
        return path
    }

    /// With a socket of its own the proxy needs the runtime's, to copy owner and mode from.
    private static func checkUpstream(_ path: String, isRequired: Bool) throws {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: target) else {
            guard isRequired else { return Console.error("crisol proxy: \(path) is not there yet") }
            throw SocketFileProblem(description: "\(path): there is no such socket; is the runtime running?")
        }
        guard attributes[.type] as? FileAttributeType == .typeSocket else {
            throw ValidationError("--upstream: \(path) is no socket")
        }
    }

    // MARK: - Life

    /// Runs until a signal ends it; the exit code.
    func run(_ signals: Signals) async throws -> Int32 {
        let predecessor = try predecessor()
        let takesControl = try takesControl(from: predecessor)
        killFile?.look()
        if board.plan != nil, board.holder == nil { try board.reload() }
        var configuration = Relay.Configuration(
            listenPath: state.facts.listen,
            runtimePath: state.facts.upstream,
            inheritedDescriptor: activated.relay?.descriptor,
            replacesLiveSocket: predecessor != nil,
            threads: command.threads
        )
        configuration.ledger = command.ledger.map { path in
            // For root alone, as the ledger is: it names pods. If it cannot be made, opening the ledger says why.
            if let slash = path.lastIndex(of: "/"), slash > path.startIndex { mkdir(String(path[..<slash]), 0o700) }
            let header = LedgerHeader(seed: board.control.seed, began: state.facts.began, process: getpid())
            return LedgerConfiguration(path: path, maxBytes: command.ledgerMax.bytes, header: header)
        }
        return try await Relay.run(configuration, control: board.control) { relay in
            let service = state.service(relay, board)
            return try await serve(service, takesControl: takesControl) { addresses, control in
                // From here on nothing can go wrong any more that would need the predecessor.
                relay.keepPlace()
                control?.keepPlace()
                let sentence = state.sentence(board, addresses)
                Console.line("crisol proxy: \(sentence)")
                notifier.ready(sentence)
                if let predecessor {
                    predecessor.retire()
                    Console.line("crisol proxy: process \(predecessor.pid) was asked to end with its last call")
                }
                return await stay(relay, signals)
            }
        }
    }

    private func predecessor() throws -> Predecessor? {
        guard command.replace, activated.relay == nil else { return nil }
        return try Predecessor(listeningOn: state.facts.listen)
    }

    /// Whether the control socket is taken from the proxy that is replaced. From nobody else: whoever listens there goes
    /// on, and nobody would reach it any more.
    private func takesControl(from predecessor: Predecessor?) throws -> Bool {
        guard command.replace, activated.control == nil, let control = state.control,
            let holder = try Predecessor(listeningOn: control)
        else { return false }
        guard holder.pid == predecessor?.pid else {
            throw Predecessor.Problem(
                description: "\(control): another 'crisol proxy' (process \(holder.pid)) listens there, not the one"
                    + " that is replaced; name another place with --control, or --control none"
            )
        }
        return true
    }

    /// Serves the control socket and the metrics that were asked for; the body is told where.
    private func serve(
        _ service: ControlService,
        takesControl: Bool,
        _ body: ([String], ControlServer?) async throws -> Int32
    ) async throws -> Int32 {
        func withMetrics(_ addresses: [String], _ control: ControlServer?) async throws -> Int32 {
            guard let metrics = command.metrics else { return try await body(addresses, control) }
            let place = ControlServer.Place.metrics(host: metrics.host, port: metrics.port, isShared: command.replace)
            return try await ControlServer.run(service, at: place) { server in
                let shown = metrics.host.contains(":") ? "[\(metrics.host)]" : metrics.host
                let address = "metrics http://\(shown):\(server.port ?? metrics.port)/metrics"
                return try await body(addresses + [address], control)
            }
        }
        guard let control = state.control else { return try await withMetrics([], nil) }
        let place: ControlServer.Place
        if let socket = activated.control {
            place = .inherited(socket.descriptor)
        } else {
            if control == ProxyCommand.defaultControl { mkdir("/run/crisol", 0o755) }
            place = .socket(path: control, replacesLive: takesControl)
        }
        return try await ControlServer.run(service, at: place) { server in
            try await withMetrics(["control unix://\(control)"], server)
        }
    }

    private enum Event {
        case signal(Int32)
        case drained
    }

    /// Obeys signals until one of them has ended the proxy.
    private func stay(_ relay: Relay, _ signals: Signals) async -> Int32 {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { for await number in signals.numbers { continuation.yield(.signal(number)) } }
            if let killFile { group.addTask { await killFile.watch() } }
            defer { group.cancelAll() }
            for await event in events {
                switch event {
                case .drained: return ExitCodes.good
                case .signal(SIGUSR1):
                    board.kill(by: "SIGUSR1")
                    Console.line("crisol proxy: SIGUSR1: no rule is in force any more")
                case .signal(SIGHUP): reload()
                case .signal(let number):
                    if state.beginDraining() {
                        notifier.stopping()
                        Console.line("crisol proxy: ending with the last call; a second signal cuts what is left")
                        group.addTask {
                            await relay.drain()
                            continuation.yield(.drained)
                        }
                    } else {
                        endSoon(128 + number)
                        relay.cut()
                        return 128 + number
                    }
                }
            }
            return ExitCodes.good
        }
    }

    /// A client that takes nothing must not keep the process, which is to end now.
    private func endSoon(_ code: Int32) {
        Task.detached {
            try? await Task.sleep(for: .seconds(2))
            Foundation.exit(code)
        }
    }

    private func reload() {
        notifier.reloading()
        do {
            let change = try board.reload()
            Console.line(
                "crisol proxy: the plan was read again: \(change.armed.count) armed, \(change.kept.count) go on, "
                    + "\(change.disarmed.count) disarmed"
            )
        } catch {
            for line in error.lines { Console.error(Console.safe(line)) }
            Console.error("crisol proxy: nothing was changed: the rules that were in force still are")
        }
        notifier.ready(state.sentence(board, []))
    }
}

/// A socket that is not as it must be.
struct SocketFileProblem: Error, CustomStringConvertible { let description: String }
