import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// The listening sockets of a registry.
struct RegistryServer: Sendable {
    let content: RegistryContent
    private let group: MultiThreadedEventLoopGroup
    private let connectionLimit: Int
    private let connections = ConnectionCount()

    /// - Parameters:
    ///   - content: What all listeners serve.
    ///   - group: Where connections live.
    ///   - connectionLimit: The connections that may be open at once; more are closed as they come.
    init(_ content: RegistryContent, _ group: MultiThreadedEventLoopGroup, connectionLimit: Int = 512) {
        self.content = content
        self.group = group
        self.connectionLimit = connectionLimit
    }

    /// Begins to listen; the address clients know it by.
    func listen(_ listener: RegistryListener, _ tls: NIOSSLContext? = nil) async throws -> (any Channel, String) {
        switch listener {
        case .tls(let inner, let identity):
            let context: NIOSSLContext
            do { context = try identity.context() } catch {
                throw RegistryError(message: "the registry cannot use its certificate: \(error)")
            }
            return try await listen(inner, context)
        case .socket(let descriptor, let address):
            return (try await bootstrap(tls).withBoundSocket(descriptor).get(), address)
        case .address(let text):
            let address = try ListenAddress(text)
            do {
                let channel = try await bootstrap(tls).bind(host: address.host, port: address.port).get()
                return (channel, "\(address.name):\(channel.localAddress?.port ?? address.port)")
            } catch {
                throw RegistryError(message: "the registry cannot listen on \(text): \(error)")
            }
        }
    }

    private func bootstrap(_ tls: NIOSSLContext?) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [content, connections, connectionLimit] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.enter(limit: connectionLimit) else { throw ChannelError.eof }
                    channel.closeFuture.whenComplete { _ in connections.leave() }
                    let limiter = RequestLimiter()
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(limiter)
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(RegistryHandler(content, limiter, isSecure: tls != nil))
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
