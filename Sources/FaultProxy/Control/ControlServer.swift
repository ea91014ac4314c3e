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
        /// A TCP address: metrics, and nothing else. Shared with a proxy whose place is taken, until that has ended.
        case metrics(host: String, port: Int, isShared: Bool)
    }

    /// Connections beyond these are closed as they come.
    static let connectionLimit = 64

    /// The port it listens on, for metrics.
    public let port: Int?
    private let file: SocketFile?

    /// Says that all is well: whoever's place it took does not get it back when this one ends.
    public func keepPlace() { file?.keep() }

    /// Serves for as long as `body` runs.
    ///
    /// - Throws: ``SocketError`` when it cannot listen, and what `body` throws.
    public static func run<Success: Sendable>(
        _ service: ControlService,
        at place: Place,
        _ body: (ControlServer) async throws -> Success
    ) async throws -> Success {
        let (channel, file) = try await listen(service, place)
        let ours = file.flatMap { SocketFile.identity($0.path) }
        let outcome: Result<Success, any Error>
        do {
            outcome = .success(try await body(ControlServer(port: channel.localAddress?.port, file: file)))
        } catch {
            outcome = .failure(error)
        }
        try? await channel.close()
        if let file, let ours { file.leave(ours) }
        return try outcome.get()
    }

    private static func listen(_ service: ControlService, _ place: Place) async throws -> (any Channel, SocketFile?) {
        switch place {
        case .inherited(let descriptor):
            return (try await bootstrap(ControlRouter(service: service)).withBoundSocket(descriptor).get(), nil)
        case .metrics(let host, let port, let isShared):
            // Two that may share a port would share it by mistake too.
            if !isShared, port != 0, await isTaken(host, port) {
                throw SocketError("metrics cannot be served at \(host):\(port): somebody listens there")
            }
            do {
                let router = ControlRouter(service: service, isOnlyMetrics: true)
                let channel = try await bootstrap(router)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .serverChannelOption(.socketOption(.init(rawValue: SO_REUSEPORT)), value: 1)
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
            return (channel, file)
        }
    }

    private static func isTaken(_ host: String, _ port: Int) async -> Bool {
        let client = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(1))
        guard let channel = try? await client.connect(host: host, port: port).get() else { return false }
        try? await channel.close()
        return true
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
