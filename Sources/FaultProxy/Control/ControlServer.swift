internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// Serves the control API, away from the relay's own event loops: nothing here can make a call wait.
public struct ControlServer: Sendable {
    /// Where it listens.
    public enum Place: Sendable, Hashable {
        /// A unix socket of its own, for root alone: the whole API.
        case socket(path: String, replacesLive: Bool)
        /// A unix socket that was made by others: the whole API.
        case inherited(Int32)
        /// A TCP address: metrics, and nothing else.
        case metrics(host: String, port: Int)
    }

    /// Connections beyond these are closed as they come.
    static let connectionLimit = 64

    /// The port it listens on, for metrics.
    public let port: Int?

    /// Serves for as long as `body` runs.
    ///
    /// - Throws: ``SocketError`` when it cannot listen, and what `body` throws.
    public static func run<Success: Sendable>(
        _ service: ControlService,
        at place: Place,
        _ body: (ControlServer) async throws -> Success
    ) async throws -> Success {
        let (channel, path) = try await listen(service, place)
        let ours = path.flatMap(SocketFile.identity)
        let outcome: Result<Success, any Error>
        do {
            outcome = .success(try await body(ControlServer(port: channel.localAddress?.port)))
        } catch {
            outcome = .failure(error)
        }
        try? await channel.close()
        // Not one that somebody else has put in its place meanwhile.
        if let path, let ours, let present = SocketFile.identity(path), present == ours { _ = unlink(path) }
        return try outcome.get()
    }

    private static func listen(_ service: ControlService, _ place: Place) async throws -> (any Channel, String?) {
        switch place {
        case .inherited(let descriptor):
            return (try await bootstrap(ControlRouter(service: service)).withBoundSocket(descriptor).get(), nil)
        case .metrics(let host, let port):
            do {
                let router = ControlRouter(service: service, isOnlyMetrics: true)
                let channel = try await bootstrap(router)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: host, port: port).get()
                return (channel, nil)
            } catch {
                throw SocketError("metrics cannot be served at \(host):\(port): \(SocketError.text(error))")
            }
        case .socket(let path, let replacesLive):
            let file = try SocketFile(path, replacesLive: replacesLive)
            let channel: any Channel
            do {
                channel = try await bootstrap(ControlRouter(service: service)).bind(
                    unixDomainSocketPath: file.temporaryPath,
                    cleanupExistingSocketFile: true
                ).get()
            } catch {
                throw SocketError("the control socket \(path) cannot be made: \(SocketError.text(error))")
            }
            do {
                try file.putInPlace(mode: 0o600)
            } catch {
                try? await channel.close()
                _ = unlink(file.temporaryPath)
                throw error
            }
            return (channel, path)
        }
    }

    static func configure(_ channel: any Channel, _ router: ControlRouter) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
        try pipeline.addHandler(NIOHTTPServerRequestAggregator(maxContentLength: ControlHandler.bodyLimit))
        try pipeline.addHandler(ControlHandler(router))
    }

    private static func bootstrap(_ router: ControlRouter) -> ServerBootstrap {
        let connections = ConnectionCount()
        return ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.enter(limit: connectionLimit) else { throw ChannelError.eof }
                    channel.closeFuture.whenComplete { _ in connections.leave() }
                    try configure(channel, router)
                }
            }
    }
}

/// How many connections are open.
private final class ConnectionCount: Sendable {
    private let count = Mutex(0)

    func enter(limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
