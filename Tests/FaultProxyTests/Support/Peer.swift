import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import FaultProxy

/// One end of a unix socket in a test's hands; for one task at a time.
final class Peer {
    private let channel: any Channel
    private var incoming: AsyncStream<ByteBuffer>.Iterator
    private var pending: [UInt8] = []
    private(set) var hasEnded = false

    fileprivate init(_ connection: Connection) {
        channel = connection.channel
        incoming = connection.bytes.makeAsyncIterator()
    }

    static func connect(to path: String) async throws -> Peer {
        try await connect(SocketAddress(unixDomainSocketPath: path))
    }

    static func connect(_ address: SocketAddress) async throws -> Peer {
        let collector = Collector()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(collector.handler())
                }
            }
            .connect(to: address).get()
        return Peer(Connection(channel: channel, bytes: collector.bytes))
    }

    /// Takes nothing any more of what comes, until the system's buffers are full.
    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Sends without waiting for the other end to take it.
    func post(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    /// Exactly so many bytes; fewer when the other end has finished.
    func receive(_ count: Int) async -> [UInt8] {
        while pending.count < count, !hasEnded { await more() }
        let result = Array(pending.prefix(count))
        pending.removeFirst(result.count)
        return result
    }

    /// All there is until the other end has finished.
    func receiveAll() async -> [UInt8] {
        while !hasEnded { await more() }
        return await receive(pending.count)
    }

    func finish() async throws { try await channel.close(mode: .output) }

    func close() async throws { try? await channel.close() }

    private func more() async {
        guard let bytes = await incoming.next() else {
            hasEnded = true
            return
        }
        pending += Array(bytes.readableBytesView)
    }

    fileprivate struct Connection: Sendable {
        let channel: any Channel
        let bytes: AsyncStream<ByteBuffer>
    }

    fileprivate struct Collector: Sendable {
        let bytes: AsyncStream<ByteBuffer>
        private let continuation: AsyncStream<ByteBuffer>.Continuation

        init() { (bytes, continuation) = AsyncStream.makeStream() }

        func handler() -> some ChannelInboundHandler { CollectingHandler(continuation) }
    }
}

private final class CollectingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<ByteBuffer>.Continuation

    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(Self.unwrapInboundIn(data)) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { continuation.finish() }
    }

    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// A runtime's socket, or its streaming server, in a test's hands.
final class Listener {
    private let channel: any Channel
    private var accepted: AsyncStream<Peer.Connection>.Iterator

    convenience init(at path: String) async throws {
        try await self.init { try await $0.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get() }
    }

    /// On a TCP port of the system's choice.
    convenience init(host: String) async throws {
        let address = try SocketAddress(ipAddress: host.trimmingCharacters(in: ["[", "]"]), port: 0)
        try await self.init { try await $0.bind(to: address).get() }
    }

    /// Whether this machine has an address.
    static func canListen(_ host: String) -> Bool {
        guard let address = try? SocketAddress(ipAddress: host, port: 0) else { return false }
        return BoundSocket(address) != nil
    }

    var port: Int { channel.localAddress?.port ?? 0 }

    private init(_ bind: (ServerBootstrap) async throws -> any Channel) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Peer.Connection.self)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                let collector = Peer.Collector()
                continuation.yield(Peer.Connection(channel: channel, bytes: collector.bytes))
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(collector.handler())
                }
            }
        channel = try await bind(bootstrap)
        accepted = stream.makeAsyncIterator()
    }

    func accept() async throws -> Peer { Peer(try #require(await accepted.next())) }

    func close() async throws { try await channel.close() }
}

/// Runs `body` with a folder of its own that is removed afterwards; socket paths must be short.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "rl-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}

/// Runs `body` with a relay before a runtime's socket that the test itself serves.
func withRelay(_ body: (_ path: String, _ runtime: Listener) async throws -> Void) async throws {
    try await withRelay(FaultControl()) { _, path, runtime in try await body(path, runtime) }
}

/// Runs `body` with a relay that obeys these rules.
func withRelay(
    _ control: FaultControl,
    _ body: (_ relay: Relay, _ path: String, _ runtime: Listener) async throws -> Void
) async throws {
    try await withFolder { folder in
        let runtime = try await Listener(at: folder + "/runtime")
        let configuration = Relay.Configuration(listenPath: folder + "/relay", runtimePath: folder + "/runtime")
        try await Relay.run(configuration, control: control) { relay in
            try await body(relay, folder + "/relay", runtime)
        }
        try? await runtime.close()
    }
}
