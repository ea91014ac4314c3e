internal import Glibc
internal import NIOCore
internal import NIOHTTP2
internal import NIOPosix

/// One HTTP/2 connection to a socket, from dialling to its end, confined to its client's event loop.
final class HTTP2Connection {
    /// What its owner hears of it.
    struct Observer {
        /// It can take calls now, or can take one more.
        let onRoom: (HTTP2Connection) -> Void
        /// It takes no new calls any more, but goes on with those it has.
        let onDraining: (HTTP2Connection) -> Void
        /// It is gone; the text says why.
        let onEnd: (HTTP2Connection, String) -> Void
    }

    /// Stream ids are 31 bits; a connection is given up long before they run out.
    private static let streamsPerConnection = 1 << 29

    let endpoint: Endpoint
    private let eventLoop: any EventLoop
    private let observer: Observer
    private let timeout: Duration
    private var channel: (any Channel)?
    private var multiplexer: NIOHTTP2Handler.StreamMultiplexer?
    private var silence: Scheduled<Void>?
    private var openCalls: [Int: ActiveCall] = [:]
    private var streamsOpened = 0
    private var streamLimit = Int.max
    private var failure: String?
    private var streamErrors = 0

    /// Whether the kernel accepted the connection, which says nothing about the peer.
    private(set) var isConnected = false
    /// Whether the peer has answered as an HTTP/2 server.
    private(set) var isReady = false
    private(set) var isEnded = false
    /// The last GOAWAY received.
    private(set) var goAway: GoAway?

    /// - Parameter timeout: how long the peer may take to answer as an HTTP/2 server.
    init(
        to endpoint: Endpoint,
        on eventLoop: any EventLoop,
        timeout: Duration,
        observer: Observer
    ) {
        self.endpoint = endpoint
        self.eventLoop = eventLoop
        self.timeout = timeout
        self.observer = observer
    }

    /// Whether one more call may be opened.
    var hasRoom: Bool { isReady && !isEnded && goAway == nil && openCalls.count < streamLimit }

    /// Why the calls on it are lost.
    var lossText: String {
        if let failure { return failure }
        if let goAway { return "\(endpoint) \(goAway), and closed the connection" }
        return isReady
            ? "\(endpoint) closed the connection before answering"
            : "\(endpoint) accepted the connection and closed it without an answer"
    }

    // MARK: - Dialling

    func dial() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let address: SocketAddress
        do {
            address = try SocketAddress(unixDomainSocketPath: endpoint.path)
        } catch {
            return end("cannot connect to \(endpoint): \(Self.describe(error))")
        }
        silence = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) {
            self.end(self.silenceText(after: self.timeout))
        }
        ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.install(in: channel) }
            }
            .connect(to: address)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel): self.connected(channel)
                case .failure(let error): self.end("cannot connect to \(self.endpoint): \(Self.describe(error))")
                }
            }
    }

    /// What to say of a peer that accepted and stayed silent for so long.
    func silenceText(after waited: Duration) -> String {
        isConnected
            ? "\(endpoint) accepted the connection but did not answer within \(Self.text(waited))"
            : "cannot connect to \(endpoint): no connection within \(Self.text(waited))"
    }

    private func install(in channel: any Channel) throws {
        let http2 = NIOHTTP2Handler(
            mode: .client,
            eventLoop: eventLoop,
            connectionConfiguration: Self.configuration.connection,
            streamConfiguration: Self.configuration.stream,
            // Nobody may open streams towards us: push is off.
            inboundStreamInitializer: { $0.close() }
        )
        let sync = channel.pipeline.syncOperations
        try sync.addHandler(ServerPrefaceHandler())
        try sync.addHandler(http2)
        try sync.addHandler(ConnectionHandler(self))
        multiplexer = try http2.syncMultiplexer()
    }

    private func connected(_ channel: any Channel) {
        self.channel = channel
        isConnected = true
        if isEnded { channel.close(promise: nil) }
    }

    // MARK: - What the connection brings

    func received(_ settings: HTTP2Settings) {
        if let limit = settings.last(where: { $0.parameter == .maxConcurrentStreams }) { streamLimit = limit.value }
        silence?.cancel()
        silence = nil
        isReady = true
        observer.onRoom(self)
    }

    func received(_ goAway: GoAway) {
        self.goAway = goAway
        observer.onDraining(self)
        closeIfDrained()
    }

    /// A stream of this connection broke the protocol and was reset; the error that follows is about it alone.
    func streamFailed() { streamErrors += 1 }

    func caught(_ error: any Error) {
        if streamErrors > 0 {
            streamErrors -= 1
            return
        }
        switch error {
        case let error as NotHTTP2:
            end("\(endpoint) does not speak HTTP/2: it said '\(error.excerpt)'")
        case is any NIOHTTP2Error:
            end("\(endpoint) broke HTTP/2: \(Self.describe(error))")
        case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE:
            // On a unix socket: closed with our bytes unread.
            end(lossText)
        default:
            end("the connection to \(endpoint) broke: \(Self.describe(error))")
        }
    }

    func vanished() { end(lossText) }

    /// Ends the connection and every call on it.
    func end(_ reason: String) {
        guard !isEnded else { return }
        failure = reason
        isEnded = true
        silence?.cancel()
        silence = nil
        for call in openCalls.values { call.finish(.unavailable(reason)) }
        openCalls = [:]
        multiplexer = nil
        // After the streams' own resets, which are queued on the event loop.
        if let channel { eventLoop.assumeIsolated().execute { channel.close(promise: nil) } }
        observer.onEnd(self, reason)
    }

    // MARK: - Calls

    func open(_ call: ActiveCall) {
        openCalls[call.order.id] = call
        call.isWaiting = false
        streamsOpened += 1
        let bound = NIOLoopBound((self, call), eventLoop: eventLoop)
        multiplexer?.createStreamChannel(promise: nil) { channel in
            channel.eventLoop.makeCompletedFuture {
                let (connection, call) = bound.value
                try channel.pipeline.syncOperations.addHandler(StreamHandler(call, on: connection))
            }
        }
        if streamsOpened >= Self.streamsPerConnection, goAway == nil {
            received(GoAway(lastStreamID: Int(Int32.max), code: 0, debugData: nil))
        }
    }

    func streamClosed(_ call: ActiveCall) {
        guard openCalls.removeValue(forKey: call.order.id) != nil else { return }
        closeIfDrained()
        if hasRoom { observer.onRoom(self) }
    }

    private func closeIfDrained() {
        if goAway != nil, openCalls.isEmpty { end(lossText) }
    }
}
