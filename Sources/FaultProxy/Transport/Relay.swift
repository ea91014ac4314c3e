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
        /// How many event loops share the connections; kubelet has two.
        public var threads: Int

        /// Creates a configuration.
        public init(listenPath: String, runtimePath: String, threads: Int = 1) {
            self.listenPath = listenPath
            self.runtimePath = runtimePath
            self.threads = max(1, threads)
        }
    }

    private let group: MultiThreadedEventLoopGroup
    private let server: any Channel

    private init(_ group: MultiThreadedEventLoopGroup, _ server: any Channel) {
        self.group = group
        self.server = server
    }

    /// Runs a relay for as long as `body` does; afterwards nothing of it is left.
    ///
    /// - Throws: what binding the socket throws, and what `body` does.
    public static func run<Result: Sendable>(
        _ configuration: Configuration,
        _ body: (Relay) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads)
        do {
            let server = try await listen(configuration, group)
            let relay = Relay(group, server)
            let result = try await body(relay)
            try? await server.close()
            try? await group.shutdownGracefully()
            return result
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func listen(_ configuration: Configuration, _ group: MultiThreadedEventLoopGroup) async throws
        -> any Channel
    {
        let runtimePath = configuration.runtimePath
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { client in
                let pair = NIOLoopBound(RelayPair(RelayLink()), eventLoop: client.eventLoop)
                // The client is not read from before this is done; if it fails, NIO closes the client without a byte
                // (relay-contract 1).
                return ClientBootstrap(group: client.eventLoop)
                    .channelOption(.allowRemoteHalfClosure, value: true)
                    .channelInitializer { runtime in
                        runtime.eventLoop.makeCompletedFuture {
                            try runtime.pipeline.syncOperations.addHandler(RelayHandler(pair.value, .runtime))
                        }
                    }
                    .connect(unixDomainSocketPath: runtimePath)
                    .flatMapThrowing { _ in
                        try client.pipeline.syncOperations.addHandler(RelayHandler(pair.value, .client))
                    }
            }
            .bind(unixDomainSocketPath: configuration.listenPath, cleanupExistingSocketFile: true)
            .get()
    }
}
