internal import FaultModel
internal import NIOCore
internal import NIOPosix
internal import Streaming

/// Stands between the two ends of one session of exec, attach or port-forward: listens in the place of the runtime's
/// streaming server, and passes on what either end says as far as a rule lets it.
struct SessionListener: Sendable {
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
        guard let server = try? await ConnectionListener.listen(on: group, { $0.withBoundSocket(descriptor) }) else {
            return
        }
        let timer = group.next().scheduleTask(in: Self.lifetime) { server.close() }
        defer { timer.cancel() }
        await server.serve { client in
            hear(.began)
            hear(.ended(await relay(client, group)))
        }
    }

    private func relay(_ client: any Channel, _ group: any EventLoopGroup) async -> SessionRecord {
        let pump = SessionPump(SessionMeter(fault, hasHeads: !url.isSecure), gate)
        // How a connection ends is seen by both of its ends.
        try? await client.withBytes(halfCloses: true) { fromClient, _ in
            let runtime = try await ClientBootstrap.forBytes(on: group).connect(host: url.host, port: url.port).get()
            try await runtime.withBytes(halfCloses: true) { fromRuntime, _ in
                await pump.connect(client, runtime)
                // A write that nobody reads must not outlive the relay.
                await withTaskCancellationHandler {
                    await withTaskGroup { ways in
                        ways.addTask { await pump.run(fromClient, .request) }
                        ways.addTask { await pump.run(fromRuntime, .response) }
                    }
                } onCancel: {
                    client.close(promise: nil)
                    runtime.close(promise: nil)
                }
            }
        }
        return await pump.record(decision)
    }
}
