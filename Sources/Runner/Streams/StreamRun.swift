import CRICatalog
import Streaming
import SuiteLanguage

/// Follows the URL of an Exec, Attach or PortForward and does what the case says with the stream.
struct StreamRun: Sendable {
    let plan: StreamPlan
    let report: StreamReport
    /// What references in the actions stand for.
    let bindings: Bindings
    /// The longest that `wait-for` waits.
    static let patience = Duration.seconds(30)

    /// The stream is not spoken by this server: its own word, and no failure.
    struct NotOffered: Error {
        let negotiation: StreamNegotiation
    }

    /// What an action waited for did not come.
    struct NotSeen: Error {
        let action: StreamAction
        let expected: String
        let actual: String
    }

    /// What writing fails with when the server has ended the stream or the connection.
    private static let endsByPeer: Set<StreamingError.Code> = [.streamReset, .connectionLost, .closed]

    // MARK: - Exec and attach

    /// - Throws: `NotOffered`, `NotSeen`, `CancellationError`. How the stream itself ended is in the report.
    func command(url: String, streams: RemoteCommandStreams, isAttach: Bool) async throws {
        let offer = RemoteCommandProtocol.named[plan.transport.rawValue] ?? .spdy
        try await reporting {
            let body: (RemoteCommandSession) async throws -> Void = { try await self.run($0) }
            let outcome =
                isAttach
                ? try await withAttach(url: url, streams: streams, protocol: offer, body)
                : try await withExec(url: url, streams: streams, protocol: offer, body)
            if case .notOffered(let negotiation) = outcome { throw NotOffered(negotiation: negotiation) }
        }
    }

    private func run(_ session: RemoteCommandSession) async throws {
        report.negotiated(session.negotiation)
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let output = session.stdout { group.addTask { await drain(output, into: report.stdout) } }
            if let output = session.stderr { group.addTask { await drain(output, into: report.stderr) } }
            do {
                for action in plan.actions { try await perform(action, session) }
            } catch let error as StreamingError where Self.endsByPeer.contains(error.code) {
                // A command may end before it has read its input; how it ended still comes, as kubectl expects too.
            }
            let status = try await session.status()
            switch status {
            case .succeeded: report.ended(.ended, exitCode: 0)
            case .exited(let code): report.ended(.ended, exitCode: code)
            case .failed(let failure): report.ended(.failed, error: failure.message)
            case .absent: report.ended(.silent)
            case .malformed(let text, let reason): report.ended(.malformed, error: "\(reason): \(text.prefix(400))")
            }
            try await group.waitForAll()
        }
    }

    private func perform(_ action: StreamAction, _ session: RemoteCommandSession) async throws {
        switch action.kind {
        case .send(let template, _):
            guard let input = session.stdin else { return }
            for piece in try pieces(template) { try await input.write(piece) }
        case .close: try await session.stdin?.close()
        case .resize(let width, let height): try await session.resize(width: width, height: height)
        case .waitFor(let source, let matcher):
            try await wait(action, source == "stderr" ? report.stderr : report.stdout, matcher)
        case .waitForError: break
        case .pause(let source, let time):
            (source == "stderr" ? report.stderr : report.stdout).pause(until: .now + time)
        case .drop:
            report.ended(.dropped)
            await session.drop()
            throw CaseDropped()
        case .connect: break
        }
    }

    /// Asks for the stream and drops it at once.
    func knock(url: String, as kind: StreamKind) async throws {
        try await reporting {
            let outcome =
                if kind == .portforward {
                    try await withPortForward(url: url) { session in
                        report.negotiated(session.negotiation)
                        report.ended(.dropped)
                        await session.drop()
                    }
                } else {
                    try await withExec(url: url, streams: RemoteCommandStreams(stdout: true)) { session in
                        report.negotiated(session.negotiation)
                        report.ended(.dropped)
                        await session.drop()
                    }
                }
            if case .notOffered(let negotiation) = outcome { throw NotOffered(negotiation: negotiation) }
        }
    }

    // MARK: - Port-forward

    /// - Throws: as `command`.
    func forward(url: String, ports: [UInt16]) async throws {
        let offer: PortForwardProtocol = plan.transport == .websocket ? .webSocket(ports: ports) : .spdy
        try await reporting {
            let outcome = try await withPortForward(url: url, protocol: offer) { try await self.run($0) }
            if case .notOffered(let negotiation) = outcome { throw NotOffered(negotiation: negotiation) }
        }
    }

    private func run(_ session: PortForwardSession) async throws {
        report.negotiated(session.negotiation)
        try await withThrowingTaskGroup(of: Void.self) { group in
            var open: [String: [ForwardedConnection]] = [:]
            for action in plan.actions {
                if case .connect(let name, let port, let times) = action.kind {
                    let value = try port.value(in: bindings)
                    guard let number = value.integer.flatMap({ UInt16(exactly: $0) }) else {
                        throw StepProblem.harness("connect \(name): \(ValueText.plain(value)) is no port")
                    }
                    for _ in 0..<times {
                        let connection = try await session.open(port: number)
                        open[name, default: []].append(connection)
                        let seen = StreamReport.Connection(received: ReceivedBytes(), error: ReceivedBytes())
                        report.add(seen, named: name)
                        group.addTask { await follow(connection, seen) }
                    }
                } else {
                    try await perform(action, session, open)
                }
            }
            try await group.waitForAll()
            report.ended(.ended)
        }
    }

    /// Reads a connection to its end, and what the runtime says of it.
    private func follow(_ connection: ForwardedConnection, _ seen: StreamReport.Connection) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await drain(connection.output, into: seen.received) }
            group.addTask {
                guard let text = try? await connection.error() else { return }
                seen.error.add(Array(text.utf8))
                seen.error.end()
            }
            // Over WebSocket no channel ends by itself: what came until its data ended is all there is.
            await group.next()
            if plan.transport == .websocket { group.cancelAll() }
        }
        // What was said as the session ended has come, whether or not anybody still waited for it.
        if seen.error.count == 0 { seen.error.add(Array(connection.errorSoFar.utf8)) }
        seen.error.end()
    }

    private func perform(_ action: StreamAction, _ session: PortForwardSession, _ open: [String: [ForwardedConnection]])
        async throws
    {
        switch action.kind {
        case .send(let template, let name):
            let targets = open[name ?? ""] ?? []
            try await withThrowingTaskGroup(of: Void.self) { group in
                let pieces = try pieces(template)
                for target in targets { group.addTask { for piece in pieces { try await target.input.write(piece) } } }
                try await group.waitForAll()
            }
        case .close(let name): for target in open[name] ?? [] { try await target.input.close() }
        case .waitFor(let source, let matcher):
            for connection in report.connections(named: source) { try await wait(action, connection.received, matcher) }
        case .waitForError(let name, let matcher):
            for connection in report.connections(named: name) {
                try await wait(action, connection.error, matcher, as: .text)
            }
        case .pause(let source, let time):
            for connection in report.connections(named: source) { connection.received.pause(until: .now + time) }
        case .drop:
            report.ended(.dropped)
            await session.drop()
            throw CaseDropped()
        case .resize, .connect: break
        }
    }

    // MARK: - What both need

    /// The case ended the stream itself, which is no failure.
    private struct CaseDropped: Error {}

    private func reporting(_ work: () async throws -> Void) async throws {
        do { try await work() } catch is CaseDropped {
            // The report says so already.
        } catch let error as StreamingError {
            if Task.isCancelled { throw CancellationError() }
            report.refused(error)
        }
        report.stdout.end()
        report.stderr.end()
    }

    private func drain(_ output: StreamOutput, into received: ReceivedBytes) async {
        do {
            for try await bytes in output {
                received.add(bytes)
                while let instant = received.pausedUntil {
                    try await Task.sleep(until: instant, clock: .continuous)
                }
            }
        } catch {
            // How the connection ended is told by the session.
        }
        received.end()
    }

    /// Waits until what came is as wanted, at the longest for the patience.
    private func wait(
        _ action: StreamAction,
        _ received: ReceivedBytes,
        _ matcher: Matcher,
        as shape: Shape = .bytes
    ) async throws {
        var value = Value.text("")
        let isSeen = try await received.wait(until: .now + Self.patience * bindings.slack) {
            value = shape == .text ? .text(received.text) : .bytes(received.beginning)
            return matcher.accepts(value, as: shape, bindings)
        }
        if !isSeen { throw NotSeen(action, matcher, value, shape, bindings) }
    }

    private func pieces(_ template: Template) throws -> BytePieces {
        if case .generated(let source, _) = template { return BytePieces(source) }
        let value = try template.value(in: bindings)
        if case .bytes(let bytes) = value { return BytePieces(bytes) }
        // What references are in is text.
        return BytePieces(Array(ValueText.plain(value).utf8))
    }
}

extension StreamRun.NotSeen {
    init(_ action: StreamAction, _ matcher: Matcher, _ value: Value, _ shape: Shape, _ bindings: Bindings) {
        self.init(
            action: action,
            expected: matcher.description(as: shape, bindings),
            actual: ValueText.render(value)
        )
    }
}
