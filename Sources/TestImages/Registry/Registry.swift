import NIOCore
import NIOHTTP1
import NIOPosix

/// An OCI distribution registry inside this process, on plain HTTP: it serves what it is given and remembers what it
/// was asked.
public struct Registry: Sendable {
    /// `127.0.0.1:PORT`, as image references name it.
    public let address: String
    private let content: RegistryContent

    init(address: String, content: RegistryContent) {
        self.address = address
        self.content = content
    }

    /// Serves an image under a repository's tags, beside what is there already.
    public func serve(_ image: BuiltImage, repository: String, tags: [String]) {
        content.add(image, repository: repository, tags: tags)
    }

    /// Forgets a repository with everything in it.
    public func withdraw(repository: String) { content.remove(repository) }

    /// What was asked of a repository, oldest first.
    public func requests(repository: String) -> [RegistryRequest] { content.requests(repository) }
}

/// Where a registry listens.
public enum RegistryListener: Sendable {
    /// `127.0.0.1:0`; port 0 lets the system choose.
    case address(String)
    /// A TCP socket that is bound already, and the address clients know it by; the registry closes it.
    case socket(descriptor: Int32, address: String)
}

/// A registry that could not begin to listen.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, for a person.
    public let message: String
    /// How messages show it.
    public var description: String { message }
}

/// Runs a registry for as long as the body runs; at its end every connection is closed.
///
/// - Parameter listeners: each serves the same content; references name the first.
/// - Throws: `RegistryError` when it cannot listen, and what the body throws.
public func withRegistry<Result: Sendable>(
    listeners: [RegistryListener],
    _ body: (Registry) async throws -> Result
) async throws -> Result {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let content = RegistryContent()
    var channels: [any Channel] = []
    var addresses: [String] = []
    let outcome: Swift.Result<Result, any Error>
    do {
        for listener in listeners {
            let (channel, address) = try await listen(listener, content, group)
            channels.append(channel)
            addresses.append(address)
        }
        guard let address = addresses.first else { throw RegistryError(message: "a registry needs a listener") }
        outcome = .success(try await body(Registry(address: address, content: content)))
    } catch {
        outcome = .failure(error)
    }
    for channel in channels { try? await channel.close() }
    // Closes what connections are still open; their requests end as aborted.
    try? await group.shutdownGracefully()
    return try outcome.get()
}

/// The longest request head that is read, in bytes.
private let headLimit = 64 << 10

private func listen(
    _ listener: RegistryListener,
    _ content: RegistryContent,
    _ group: MultiThreadedEventLoopGroup
) async throws -> (any Channel, String) {
    let bootstrap = ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 128)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(HeadLimiter(limit: headLimit))
                try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                try pipeline.addHandler(RegistryHandler(content))
            }
        }
    switch listener {
    case .socket(let descriptor, let address):
        return (try await bootstrap.withBoundSocket(descriptor).get(), address)
    case .address(let text):
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { throw RegistryError(message: "'\(text)' is no HOST:PORT") }
        let host = String(text[..<colon]).trimmingBrackets
        let channel: any Channel
        do { channel = try await bootstrap.bind(host: host, port: port).get() } catch {
            throw RegistryError(message: "the registry cannot listen on \(text): \(error)")
        }
        let bound = channel.localAddress?.port ?? port
        return (channel, "\(text[..<colon]):\(bound)")
    }
}

extension String {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self
    }
}

/// Closes a connection whose request head has no end.
private final class HeadLimiter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let limit: Int
    private var seen = 0

    init(limit: Int) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        // Runtimes only read here: a head ends with an empty line and has no body behind it.
        seen = buffer.readableBytesView.suffix(4).elementsEqual("\r\n\r\n".utf8) ? 0 : seen + buffer.readableBytes
        guard seen <= limit else { return context.close(promise: nil) }
        context.fireChannelRead(data)
    }
}
