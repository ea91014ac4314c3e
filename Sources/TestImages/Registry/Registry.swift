import NIOCore
import NIOPosix

/// An OCI distribution registry inside this process: it serves what it is given, misbehaves as it is told, and
/// remembers what it was asked.
///
/// What is said of one repository never concerns another. All methods may be called at any time from anywhere.
public struct Registry: Sendable {
    /// `127.0.0.1:PORT`, as image references name it: the first listener's.
    public let address: String
    /// The addresses of all listeners, in their order.
    public let addresses: [String]
    private let content: RegistryContent

    init(address: String, addresses: [String], content: RegistryContent) {
        self.address = address
        self.addresses = addresses
        self.content = content
    }

    /// Serves an image under a repository's tags, beside what is there already.
    public func serve(_ image: BuiltImage, repository: String, tags: [String]) {
        content.change(repository) { $0.add(image, tags: tags) }
    }

    /// Serves an index and its images, beside what is there already; the tags name the index.
    public func serve(_ index: BuiltIndex, repository: String, tags: [String]) {
        content.change(repository) { $0.add(index, tags: tags) }
    }

    /// Says how a repository behaves from now on, in place of what was said before; `RegistryBehaviour()` is healthy.
    ///
    /// Holds for answers under way too: what a stall holds goes on, what was slow is as fast as it may be now. A
    /// repository begins to exist with this, if it does not.
    public func behave(_ behaviour: RegistryBehaviour, repository: String) {
        content.behave(repository, behaviour)
    }

    /// Forgets a repository with everything in it, and closes the connections that are answering for it.
    public func withdraw(repository: String) { content.remove(repository) }

    /// What was asked of a repository, oldest first; the first 10000 requests.
    public func requests(repository: String) -> [RegistryRequest] { content.requests(repository) }

    /// How many connections have an unfinished request for a repository: being answered or stalled. One that idles
    /// between two requests does not count.
    public func openConnections(repository: String) -> Int { content.openConnections(repository) }

    /// An element at once, and one whenever what `requests` and `openConnections` say of a repository may have
    /// changed; changes that nobody has looked at yet are one element. Ends with the registry.
    public func changes(repository: String) -> AsyncStream<Void> { content.changes(repository) }
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
    let server = RegistryServer(content, group)
    var channels: [any Channel] = []
    var addresses: [String] = []
    let outcome: Swift.Result<Result, any Error>
    do {
        for listener in listeners {
            let (channel, address) = try await server.listen(listener)
            channels.append(channel)
            addresses.append(address)
        }
        guard let address = addresses.first else { throw RegistryError(message: "a registry needs a listener") }
        outcome = .success(try await body(Registry(address: address, addresses: addresses, content: content)))
    } catch {
        outcome = .failure(error)
    }
    for channel in channels { try? await channel.close() }
    // Closes what connections are still open; their requests end as aborted.
    try? await group.shutdownGracefully()
    content.close()
    return try outcome.get()
}
