internal import CRICatalog
internal import NIOCore

/// Makes the connection of an exec or attach, and its streams once the server has agreed.
struct RemoteCommandOpener: Sendable {
    let connection: StreamConnection
    private let streams: RemoteCommandStreams
    private let transport: RemoteCommandProtocol.Transport
    private let channels: RemoteCommandChannels

    init(
        address: StreamAddress,
        streams: RemoteCommandStreams,
        offer: RemoteCommandProtocol,
        options: StreamingOptions
    ) throws(StreamingError) {
        self.streams = streams
        transport = offer.transport
        let limits = options.limits
        let budget = ReceiveBudget(limit: options.receiveBuffer)
        var channels = RemoteCommandChannels(
            streams,
            budget: budget,
            limits: limits,
            completion: Self.completion(offer)
        )
        var entries: [StreamKey: ConnectionCore.Entry] = [:]
        if offer.transport == .webSocket {
            // The channels are there from the beginning, and the server speaks first.
            for role in RemoteCommandChannels.roles(streams, .v4) {
                let key = StreamKey(role.rawValue)
                channels.keys[role] = key
                entries[key] = ConnectionCore.Entry(sink: channels.sink(role), opened: Arrival())
            }
        }
        self.channels = channels
        var wanted = Set<String?>(offer.wanted.map(\.rawValue))
        // client-go takes a SPDY server that names no version for one of v1's time.
        if offer.transport == .spdy, offer.wanted.contains(.v1) { wanted.insert(nil) }
        let plan = UpgradePlan(
            address: address,
            kind: offer.transport == .spdy ? .spdy : .webSocket(.random()),
            offered: offer.offered.map(\.rawValue),
            wanted: wanted
        )
        connection = try StreamConnection(
            plan,
            options: options,
            budget: budget,
            entries: entries
        ) { (chosen) throws(StreamingError) in
            switch offer.transport {
            case .spdy: try SPDYSession(limits: limits)
            case .webSocket:
                WebSocketSession(
                    .remoteCommand(hasClose: chosen == RemoteCommandVersion.v5.rawValue),
                    limits: limits
                )
            }
        }
    }

    /// The session, once the server has taken all streams.
    func open(_ negotiation: StreamNegotiation) async throws(StreamingError) -> RemoteCommandSession {
        let version = negotiation.chosen.flatMap(RemoteCommandVersion.init) ?? .v1
        var channels = channels
        if transport == .spdy {
            var arrivals: [Arrival<Void>] = []
            for role in RemoteCommandChannels.roles(streams, version) {
                let entry = ConnectionCore.Entry(sink: channels.sink(role), opened: Arrival())
                channels.keys[role] = try await connection.open([SPDYHeader("streamtype", role.streamType)], entry)
                arrivals.append(entry.opened)
            }
            // Data for a stream that the server has not answered yet would be lost on it.
            for arrival in arrivals { try await arrival.wait() }
        } else if version < .v3 {
            channels.keys[.resize] = nil
        }
        return RemoteCommandSession(connection, negotiation, version, channels)
    }

    /// A v4 Status is one WebSocket message; older texts end with their channel.
    private static func completion(_ offer: RemoteCommandProtocol) -> ErrorChannel.Completion {
        guard offer.transport == .webSocket else { return .end }
        return .message { said in (try? JSONValue.parse(said)) != nil }
    }
}
