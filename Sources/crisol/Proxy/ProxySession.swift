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
    private let leftOut = LeftOut()

    /// Whether systemd has handed over the socket: then kubelet depends on this process, and it relays whatever fails
    /// besides.
    private var isActivated: Bool { activated.relay != nil }

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
        let board: RuleBoard
        do { board = try ProxyRules(command).board() } catch {
            guard activated.relay != nil else { throw error }
            leftOut.add(.plan, error)
            board = ProxyRules.boardWithoutRules(command)
        }
        self.board = board
        killFile = command.killFile.map { KillFile(path: $0, board: board) }
        let facts = ProxyFacts(
            program: CrisolVersion.current,
            listen: listen,
            upstream: upstream,
            ledger: activated.relay == nil ? command.ledger : Self.writableLedger(command, leftOut),
            replay: leftOut.contains(.plan) ? nil : command.replay,
            began: Int64(Date().timeIntervalSince1970 * 1000)
        )
        var control = activated.control?.path ?? (command.control == "none" ? nil : command.control)
        if let problem = activated.controlProblem {
            guard activated.relay != nil else { throw problem }
            leftOut.add(.control, problem)
            control = nil
        }
        state = ProxyState(facts, control: control, leftOut: leftOut)
    }

    // MARK: - Life

    /// Runs until a signal ends it; the exit code.
    func run(_ signals: Signals) async throws -> Int32 {
        let predecessor = try predecessor()
        let takesControl = try takesControl(from: predecessor)
        killFile?.look()
        if board.plan != nil, board.holder == nil {
            do { try board.reload() } catch {
                guard isActivated else { throw error }
                leftOut.add(.plan, error)
            }
        }
        makeOwnFolder()
        var configuration = Relay.Configuration(
            listenPath: state.facts.listen,
            runtimePath: state.facts.upstream,
            inheritedDescriptor: activated.relay?.descriptor,
            replacesLiveSocket: predecessor != nil,
            threads: command.threads
        )
        configuration.ledger = state.facts.ledger.map { path in
            Self.makeFolder(ofLedger: path)
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

    /// `/run/crisol` is there after no boot, and examples, units and defaults have their sockets in it.
    private func makeOwnFolder() {
        let places = [
            activated.relay == nil ? state.facts.listen : nil, activated.control == nil ? state.control : nil,
        ]
        for place in places {
            guard let place, place.hasPrefix("/run/crisol/"), let slash = place.lastIndex(of: "/") else { continue }
            // What keeps it from being there, keeps the socket from being in it, and that is told.
            try? FileManager.default.createDirectory(
                atPath: String(place[..<slash]),
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755]
            )
        }
    }

    private func predecessor() throws -> Predecessor? {
        guard command.replace, activated.relay == nil else { return nil }
        return try Predecessor(listeningOn: state.facts.listen)
    }

    /// Whether the control socket is taken from the proxy that is replaced. From nobody else: whoever listens there goes
    /// on, and nobody would reach it any more.
    private func takesControl(from predecessor: Predecessor?) throws -> Bool {
        // Where systemd keeps the socket nobody is replaced, and who is in the way of the control socket stays.
        guard command.replace, !isActivated, activated.control == nil, let control = state.control,
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

    /// Serves the control socket and the metrics that were asked for, or does without them where kubelet depends on
    /// this process; the body is told where.
    private func serve(
        _ service: ControlService,
        takesControl: Bool,
        _ body: ([String], ControlServer?) async throws -> Int32
    ) async throws -> Int32 {
        func withMetrics(_ addresses: [String], _ control: ControlServer?) async throws -> Int32 {
            guard let metrics = command.metrics else { return try await body(addresses, control) }
            let place = ControlServer.Place.metrics(host: metrics.host, port: metrics.port, isShared: command.replace)
            return try await serve(.metrics, service, at: place) { server in
                guard let server else { return try await body(addresses, control) }
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
            place = .socket(path: control, replacesLive: takesControl)
        }
        return try await serve(.control, service, at: place) { server in
            try await withMetrics(server == nil ? [] : ["control unix://\(control)"], server)
        }
    }

    /// Serves at one place while the body runs; it gets `nil` when that is left out.
    private func serve(
        _ extra: LeftOut.Extra,
        _ service: ControlService,
        at place: ControlServer.Place,
        _ body: (ControlServer?) async throws -> Int32
    ) async throws -> Int32 {
        var isServed = false
        do {
            return try await ControlServer.run(service, at: place) { server in
                isServed = true
                return try await body(server)
            }
        } catch {
            guard isActivated, !isServed else { throw error }
            leftOut.add(extra, error)
        }
        return try await body(nil)
    }

    /// How long the last calls may take where systemd keeps the socket: clients wait there meanwhile, and nobody answers
    /// them. With the two seconds that `endSoon` gives, less than the unit's TimeoutStopSec.
    private static let patience = Duration.seconds(7)

    private enum Event {
        case signal(Int32)
        case drained
        case late
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
                case .late:
                    Console.line("crisol proxy: calls that have not ended by now are cut: kubelet waits at the socket")
                    endSoon(ExitCodes.good)
                    relay.cut()
                    return ExitCodes.good
                case .signal(SIGUSR1):
                    board.kill(by: "SIGUSR1")
                    Console.line("crisol proxy: SIGUSR1: no rule is in force any more")
                case .signal(SIGHUP): reload()
                case .signal(let number):
                    if state.beginDraining() {
                        notifier.stopping()
                        let limit = isActivated ? " or after \(Self.patience.components.seconds) s" : ""
                        Console.line(
                            "crisol proxy: ending with the last call\(limit); a second signal cuts what is left"
                        )
                        group.addTask {
                            await relay.drain()
                            continuation.yield(.drained)
                        }
                        guard isActivated else { continue }
                        group.addTask {
                            guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
                            continuation.yield(.late)
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
            leftOut.remove(.plan)
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
