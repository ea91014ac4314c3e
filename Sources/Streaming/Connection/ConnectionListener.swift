public import NIOCore
public import NIOPosix
internal import Synchronization

/// A TCP server that has each of its connections served by a task.
///
/// NIO's own asynchronous server hands out connections that are wrapped already, and traps the whole process when one
/// is dropped that nobody came to serve: accepted while the server ends, say. Here such a connection is closed.
public struct ConnectionListener: Sendable {
    private let server: any Channel
    private let accepted: AsyncStream<any Channel>
    private let unserved: UnservedConnections

    /// The port it listens on.
    public var port: Int { server.localAddress?.port ?? 0 }

    /// Listens.
    ///
    /// - Parameters:
    ///   - group: where its connections live.
    ///   - prepare: what a connection's pipeline needs below the bytes, TLS for instance; on the event loop.
    ///   - bind: binds the bootstrap it is given.
    /// - Throws: what binding throws.
    public static func listen(
        on group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup,
        preparing prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in },
        _ bind: (ServerBootstrap) -> EventLoopFuture<any Channel>
    ) async throws -> Self {
        let unserved = UnservedConnections()
        let (accepted, continuation) = AsyncStream.makeStream(of: (any Channel).self)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // Bytes wait until there is somebody to take them.
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel)
                    let arrival = ArrivalHandler {
                        unserved.add($0)
                        continuation.yield($0)
                    }
                    try channel.pipeline.syncOperations.addHandler(arrival)
                }
            }
        let server = try await bind(bootstrap).get()
        server.closeFuture.whenComplete { _ in continuation.finish() }
        return Self(server: server, accepted: accepted, unserved: unserved)
    }

    /// Serves connections until it is closed or the task is cancelled; then returns when the last one is served.
    ///
    /// - Parameter body: serves one, which is closed after it.
    public func serve(_ body: @escaping @Sendable (any Channel) async -> Void) async {
        await withDiscardingTaskGroup { connections in
            for await channel in accepted where unserved.remove(channel) {
                connections.addTask {
                    await body(channel)
                    channel.close(promise: nil)
                }
            }
            close()
        }
    }

    /// Accepts no more.
    public func close() {
        server.close(promise: nil)
        unserved.closeAll()
    }
}

/// Connections that were accepted and that nobody serves yet.
private final class UnservedConnections: Sendable {
    private struct State {
        var isClosed = false
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = Mutex(State())

    func add(_ channel: any Channel) {
        let isLate = state.withLock { state in
            if !state.isClosed { state.channels[ObjectIdentifier(channel)] = channel }
            return state.isClosed
        }
        if isLate { channel.close(promise: nil) }
    }

    /// Whether it was one, and is to be served now.
    func remove(_ channel: any Channel) -> Bool {
        state.withLock { $0.channels.removeValue(forKey: ObjectIdentifier(channel)) != nil }
    }

    func closeAll() {
        let channels = state.withLock { state in
            state.isClosed = true
            defer { state.channels = [:] }
            return state.channels.values
        }
        for channel in channels { channel.close(promise: nil) }
    }
}

/// Tells of a connection once it is active, for before that the end of its server takes it along; and keeps what NIO
/// reads unasked, at the other end's close, until somebody takes it.
private final class ArrivalHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let hear: (any Channel) -> Void
    private var kept: [ByteBuffer] = []
    private var isInputClosed = false

    init(_ hear: @escaping (any Channel) -> Void = { _ in }) { self.hear = hear }

    func channelActive(context: ChannelHandlerContext) {
        hear(context.channel)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { kept.append(Self.unwrapInboundIn(data)) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            isInputClosed = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// There is somebody.
    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        for bytes in kept { context.fireChannelRead(Self.wrapInboundOut(bytes)) }
        if !kept.isEmpty { context.fireChannelReadComplete() }
        if isInputClosed { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        context.leavePipeline(removalToken: removalToken)
    }
}

extension ClientBootstrap {
    /// A bootstrap whose connections wait for ``NIOCore/Channel/withBytes(halfCloses:_:)``.
    public static func forBytes(on group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup) -> ClientBootstrap
    {
        ClientBootstrap(group: group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ArrivalHandler())
                }
            }
    }
}

extension Channel {
    /// Reads and writes the bytes of a channel of ``ConnectionListener`` or ``NIOPosix/ClientBootstrap/forBytes(on:)``
    /// as long as `body` does, and closes it then. Once.
    ///
    /// - Parameter halfCloses: whether finishing the writer ends the output only.
    /// - Throws: what `body` throws, and what ended the connection.
    public func withBytes<Result: Sendable>(
        halfCloses: Bool = false,
        _ body: (NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws ->
            Result
    ) async throws -> Result {
        let connection = try await eventLoop.submit {
            // Of one that is gone nobody would hear any more.
            guard self.isActive else { throw ChannelError.ioOnClosedChannel }
            let connection = try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                wrappingChannelSynchronously: self,
                configuration: .init(isOutboundHalfClosureEnabled: halfCloses)
            )
            let arrival = try? self.pipeline.syncOperations.handler(type: ArrivalHandler.self)
            if let arrival { self.pipeline.syncOperations.removeHandler(arrival, promise: nil) }
            self.setOption(.autoRead, value: true).whenFailure { _ in }
            return connection
        }.get()
        return try await connection.executeThenClose(body)
    }
}
