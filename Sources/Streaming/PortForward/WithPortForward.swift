/// Follows the URL that the CRI's PortForward answered, and runs `body` with connections to the pod's ports.
///
/// When the body returns or throws, what is still open is ended in an orderly way and the connection is closed; nothing
/// outlives this call. Cancelling the task ends it at any point.
///
/// - Parameters:
///   - url: as the runtime answered it. Its token can be used once.
///   - protocol: what is offered to the server.
/// - Returns: what the body returned, or that the server does not offer the protocol.
/// - Throws: ``StreamingError`` when there is no connection, or the upgrade is refused or malformed; and what the body
///   throws.
public func withPortForward<R: Sendable>(
    url: String,
    protocol offer: PortForwardProtocol = .spdy,
    options: StreamingOptions = StreamingOptions(),
    _ body: (PortForwardSession) async throws -> R
) async throws -> StreamingOutcome<R> {
    let address = try StreamAddress(url)
    let options = options.usable
    let budget = ReceiveBudget(limit: options.receiveBuffer)
    let limits = options.limits
    let pairs: any PortPairSource
    let connection: StreamConnection
    switch offer.transport {
    case .spdy:
        let name = "portforward.k8s.io"
        let plan = UpgradePlan(address: address, kind: .spdy, offered: [name], wanted: [name])
        pairs = SPDYPortPairs(options, budget)
        connection = try StreamConnection(plan, options: options, budget: budget, entries: [:]) {
            (_) throws(StreamingError) in try SPDYSession(limits: limits)
        }
    case .webSocket(let ports):
        guard ports.count <= WebSocketChannels.mostPorts else {
            throw StreamingError(.notPossible, "a WebSocket forwards at most \(WebSocketChannels.mostPorts) ports")
        }
        let name = RemoteCommandVersion.v4.rawValue
        let plan = UpgradePlan(address: address, kind: .webSocket(.random()), offered: [name], wanted: [name])
        let channels = WebSocketPortPairs(ports, options, budget)
        pairs = channels
        connection = try StreamConnection(plan, options: options, budget: budget, entries: channels.entries) {
            (_) throws(StreamingError) in WebSocketSession(.portForward(ports), limits: limits)
        }
    }
    return try await connection.use(
        { (negotiation) throws(StreamingError) in PortForwardSession(connection, pairs, negotiation) },
        body
    )
}
