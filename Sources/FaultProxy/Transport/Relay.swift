internal import FaultModel
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Stands between CRI clients and a runtime on a socket of its own, and passes on what either says, unless a rule has
/// it otherwise (docs: the relay's contract).
///
/// Each client connection has one runtime connection, dialled when it is accepted and on the same event loop: no byte
/// changes threads.
public final class Relay: Sendable {
    /// Where to listen and whom to dial.
    public struct Configuration: Sendable {
        /// The path of the socket to listen on.
        public var listenPath: String
        /// The path of the runtime's socket.
        public var runtimePath: String
        /// A listening socket that was made by others, by systemd for instance; `listenPath` is then not touched.
        public var inheritedDescriptor: Int32?
        /// Whether the socket of another process that listens on `listenPath` is taken over: it is asked to end by
        /// ``Relay/drain(grace:)``, and goes on with the connections it has.
        public var replacesLiveSocket: Bool
        /// Where every call is written down, if anywhere.
        public var ledger: LedgerConfiguration?
        /// How many event loops share the connections; kubelet has two.
        public var threads: Int

        /// Creates a configuration.
        public init(
            listenPath: String,
            runtimePath: String,
            inheritedDescriptor: Int32? = nil,
            replacesLiveSocket: Bool = false,
            ledger: LedgerConfiguration? = nil,
            threads: Int = 1
        ) {
            self.listenPath = listenPath
            self.runtimePath = runtimePath
            self.inheritedDescriptor = inheritedDescriptor
            self.replacesLiveSocket = replacesLiveSocket
            self.ledger = ledger
            self.threads = max(1, threads)
        }
    }

    /// The rules it obeys.
    public let control: FaultControl
    private let owner: RelayOwner
    private let server: any Channel
    private let file: SocketFile?

    private init(_ owner: RelayOwner, _ server: any Channel, _ file: SocketFile?) {
        self.owner = owner
        self.server = server
        self.file = file
        control = owner.control
    }

    /// Says that all is well: a relay whose place it took does not get it back when this one ends.
    public func keepPlace() { file?.keep() }

    /// How many client connections there are.
    public var connections: Int { owner.count }

    /// Runs a relay for as long as `body` does; afterwards nothing of it is left.
    ///
    /// - Throws: ``SocketError`` when the socket or the ledger cannot be put in place, what binding throws, and what `body` does.
    public static func run<Success: Sendable>(
        _ configuration: Configuration,
        control: FaultControl = FaultControl(),
        _ body: (Relay) async throws -> Success
    ) async throws -> Success {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads)
        do {
            let ledger = try configuration.ledger.map { try Ledger($0, on: group.next()) }
            let owner = RelayOwner(control, runtimePath: configuration.runtimePath, group: group, ledger: ledger)
            let outcome = await outcome(configuration, owner, group, body)
            await ledger?.close()
            let result = try outcome.get()
            try? await group.shutdownGracefully()
            return result
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// What `body` came to, with nothing of the relay left but what it shares.
    private static func outcome<Success: Sendable>(
        _ configuration: Configuration,
        _ owner: RelayOwner,
        _ group: MultiThreadedEventLoopGroup,
        _ body: (Relay) async throws -> Success
    ) async -> Result<Success, any Error> {
        let server: any Channel
        let file: SocketFile?
        do { (server, file) = try await listen(configuration, owner, group) } catch { return .failure(error) }
        let ours = SocketFile.identity(configuration.listenPath)
        let key = owner.control.listen { [weak owner] in owner?.changed($0) }
        if owner.control.isArmed { owner.seedIndex() }
        let outcome: Result<Success, any Error>
        do {
            let relay = Relay(owner, server, file)
            outcome = .success(try await owner.sessions.serve({ owner.ledger?.append($0) }) { try await body(relay) })
        } catch { outcome = .failure(error) }
        owner.control.stopListening(key)
        try? await server.close()
        owner.end()
        await owner.waitUntilEmpty()
        if let file, let ours { file.leave(ours) }
        return outcome
    }

    /// Takes no more connections, tells the clients of those there are to go elsewhere, and returns when the last call
    /// on the last one has ended (relay-contract 19), and the last session that a rule stands in. Event streams and pulls
    /// are waited for however long they take.
    public func drain(grace: Duration = .milliseconds(500)) async {
        try? await server.close()
        owner.drain(grace: grace)
        await owner.waitUntilEmpty()
        await owner.sessions.waitUntilIdle()
    }

    /// Takes no more connections and closes those there are, whatever is going on over them.
    public func cut() { owner.end() }

    /// What became of the lines of the ledger; `nil` without one.
    public var ledgerReport: LedgerReport? { owner.ledger?.report }

    /// Counts of calls and rules in Prometheus' text format.
    public var metrics: String {
        MetricsText(
            owner.metrics.snapshot,
            rules: control.reports,
            connections: owner.count,
            ledger: ledgerReport
        ).text
    }

    private static func listen(
        _ configuration: Configuration,
        _ owner: RelayOwner,
        _ group: MultiThreadedEventLoopGroup
    ) async throws -> (any Channel, SocketFile?) {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { client in connect(client, owner) }
        if let descriptor = configuration.inheritedDescriptor {
            return (try await bootstrap.withBoundSocket(descriptor).get(), nil)
        }
        let file = try SocketFile(configuration.listenPath, replacesLive: configuration.replacesLiveSocket)
        let server: any Channel
        do {
            server = try await bootstrap.bind(
                unixDomainSocketPath: file.temporaryPath,
                cleanupExistingSocketFile: true
            ).get()
        } catch {
            throw SocketError("cannot listen on \(configuration.listenPath): \(SocketError.text(error))")
        }
        do {
            try file.putInPlace(like: configuration.runtimePath)
        } catch {
            try? await server.close()
            _ = unlink(file.temporaryPath)
            throw error
        }
        return (server, file)
    }

    /// Dials the runtime for a client. The client is not read from before that is done; if it fails, NIO closes the
    /// client without a byte (relay-contract 1).
    @Sendable
    private static func connect(_ client: any Channel, _ owner: RelayOwner) -> EventLoopFuture<Void> {
        guard let pair = owner.accept(on: client.eventLoop) else {
            return client.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        return ClientBootstrap(group: client.eventLoop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { runtime in
                runtime.eventLoop.makeCompletedFuture {
                    try runtime.pipeline.syncOperations.addHandler(RelayHandler(pair.value, .runtime))
                }
            }
            .connect(unixDomainSocketPath: owner.runtimePath)
            .flatMapThrowing { _ in
                try client.pipeline.syncOperations.addHandler(RelayHandler(pair.value, .client))
            }
            .flatMapErrorThrowing { error in
                pair.value.abandon()
                throw error
            }
    }
}
