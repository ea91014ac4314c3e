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
        /// How many event loops share the connections; kubelet has two.
        public var threads: Int

        /// Creates a configuration.
        public init(
            listenPath: String,
            runtimePath: String,
            inheritedDescriptor: Int32? = nil,
            replacesLiveSocket: Bool = false,
            threads: Int = 1
        ) {
            self.listenPath = listenPath
            self.runtimePath = runtimePath
            self.inheritedDescriptor = inheritedDescriptor
            self.replacesLiveSocket = replacesLiveSocket
            self.threads = max(1, threads)
        }
    }

    /// The rules it obeys.
    public let control: FaultControl
    private let owner: RelayOwner
    private let server: any Channel

    private init(_ owner: RelayOwner, _ server: any Channel) {
        self.owner = owner
        self.server = server
        control = owner.control
    }

    /// How many client connections there are.
    public var connections: Int { owner.count }

    /// Runs a relay for as long as `body` does; afterwards nothing of it is left.
    ///
    /// - Throws: ``SocketError`` when the socket cannot be put in place, what binding throws, and what `body` does.
    public static func run<Result: Sendable>(
        _ configuration: Configuration,
        control: FaultControl = FaultControl(),
        _ body: (Relay) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads)
        let owner = RelayOwner(control, runtimePath: configuration.runtimePath, group: group)
        do {
            let server = try await listen(configuration, owner, group)
            let ours = SocketFile.identity(configuration.listenPath)
            let key = control.listen { [weak owner] in owner?.changed($0) }
            defer { control.stopListening(key) }
            let relay = Relay(owner, server)
            let result: Result
            do {
                result = try await body(relay)
            } catch {
                await relay.stop(configuration, ours)
                throw error
            }
            await relay.stop(configuration, ours)
            try? await group.shutdownGracefully()
            return result
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Takes no more connections, tells the clients of those there are to go elsewhere, and returns when the last call
    /// on the last one has ended (relay-contract 19). Event streams and pulls are waited for however long they take.
    public func drain(grace: Duration = .milliseconds(500)) async {
        try? await server.close()
        owner.forEach { $0.goAway(.noError, grace: grace, at: $1) }
        await owner.waitUntilEmpty()
    }

    private func stop(_ configuration: Configuration, _ ours: (device: UInt64, inode: UInt64)?) async {
        try? await server.close()
        guard configuration.inheritedDescriptor == nil, let ours,
            let present = SocketFile.identity(configuration.listenPath), present == ours
        else { return }
        _ = unlink(configuration.listenPath)
    }

    private static func listen(
        _ configuration: Configuration,
        _ owner: RelayOwner,
        _ group: MultiThreadedEventLoopGroup
    ) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { client in connect(client, owner) }
        if let descriptor = configuration.inheritedDescriptor {
            return try await bootstrap.withBoundSocket(descriptor).get()
        }
        let file = try SocketFile(configuration.listenPath, replacesLive: configuration.replacesLiveSocket)
        let server = try await bootstrap.bind(
            unixDomainSocketPath: file.temporaryPath,
            cleanupExistingSocketFile: true
        ).get()
        do {
            try file.putInPlace(like: configuration.runtimePath)
        } catch {
            try? await server.close()
            _ = unlink(file.temporaryPath)
            throw error
        }
        return server
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
