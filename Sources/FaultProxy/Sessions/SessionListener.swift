internal import FaultModel
internal import NIOCore
internal import NIOPosix

/// Stands between the two ends of one session of exec, attach or port-forward: listens in the place of the runtime's
/// streaming server, and passes on what either end says as far as a rule lets it.
struct SessionListener: Sendable {
    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// What happens to its connections.
    enum Event {
        case began
        case ended(SessionRecord)
    }

    /// Runtimes forget a session that nobody dials within a minute or so; so is it here, with room.
    static let lifetime = TimeAmount.minutes(2)

    private let socket: BoundSocket
    let url: SessionURL
    let fault: ByteFault
    let decision: Decision
    let gate: SessionGate

    /// Where it listens.
    var port: Int { socket.port }

    /// Binds a port, at once: the answer with its URL must not wait for anything.
    ///
    /// - Returns: `nil` when that cannot be done.
    init?(_ url: SessionURL, _ fault: ByteFault, _ decision: Decision) {
        guard let address = url.listenAddress, let socket = BoundSocket(address) else { return nil }
        self.socket = socket
        self.url = url
        self.fault = fault
        self.decision = decision
        gate = SessionGate()
    }

    /// Relays every connection to its end, also those that are still there when nobody may come any more.
    func serve(on group: any EventLoopGroup, _ hear: @escaping @Sendable (Event) -> Void) async {
        guard let descriptor = socket.take() else { return }
        // How a connection ends is seen by both of its ends.
        try? await withThrowingDiscardingTaskGroup { connections in
            let server = try await ServerBootstrap(group: group)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .bind(descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture { try Self.wrap(channel) }
                }
            let timer = server.channel.eventLoop.scheduleTask(in: Self.lifetime) {
                server.channel.close(promise: nil)
            }
            defer { timer.cancel() }
            try await server.executeThenClose { clients in
                for try await client in clients {
                    hear(.began)
                    connections.addTask { hear(.ended(await relay(client, group))) }
                }
            }
        }
    }

    private static func wrap(_ channel: any Channel) throws -> Connection {
        try Connection(
            wrappingChannelSynchronously: channel,
            configuration: Connection.Configuration(isOutboundHalfClosureEnabled: true)
        )
    }

    private func relay(_ client: Connection, _ group: any EventLoopGroup) async -> SessionRecord {
        let pump = SessionPump(SessionMeter(fault, hasHeads: !url.isSecure), gate)
        try? await client.executeThenClose { fromClient, _ in
            let runtime = try await ClientBootstrap(group: group)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connect(host: url.host, port: url.port) { channel in
                    channel.eventLoop.makeCompletedFuture { try Self.wrap(channel) }
                }
            try await runtime.executeThenClose { fromRuntime, _ in
                await pump.connect(client.channel, runtime.channel)
                // A write that nobody reads must not outlive the relay.
                await withTaskCancellationHandler {
                    await withTaskGroup { ways in
                        ways.addTask { await pump.run(fromClient, .request) }
                        ways.addTask { await pump.run(fromRuntime, .response) }
                    }
                } onCancel: {
                    client.channel.close(promise: nil)
                    runtime.channel.close(promise: nil)
                }
            }
        }
        return await pump.record(decision)
    }
}
