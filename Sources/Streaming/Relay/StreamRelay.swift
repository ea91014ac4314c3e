internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A relay on 127.0.0.1 between clients and streaming servers that breaks what goes through it.
///
/// It shows that whoever judges streams notices broken ones.
public struct StreamRelay: Sendable {
    private let breakage: StreamBreakage
    private let listeners: AsyncStream<RelayListener>.Continuation

    init(_ breakage: StreamBreakage, _ listeners: AsyncStream<RelayListener>.Continuation) {
        self.breakage = breakage
        self.listeners = listeners
    }

    /// The URL to follow in the place of one that a runtime answered.
    ///
    /// - Parameter isForward: whether it is one of PortForward.
    /// - Throws: ``StreamingError`` for what is no URL, and for one over TLS, which cannot be looked into; and what
    ///   listening fails with.
    public func url(for url: String, isForward: Bool) async throws -> String {
        let address = try StreamAddress(url)
        guard !address.isSecure else {
            throw StreamingError(
                .badAddress,
                "streams over TLS cannot be broken: the runtime's streaming server uses it"
            )
        }
        let listener = try await RelayListener.open(to: address, breakage, isForward: isForward)
        listeners.yield(listener)
        return "http://127.0.0.1:\(listener.port)\(address.requestTarget)"
    }
}

/// Runs `body` with a relay; when it ends, so do all connections through it.
///
/// - Throws: what the body throws.
public func withStreamRelay<R: Sendable>(
    _ breakage: StreamBreakage,
    _ body: (StreamRelay) async throws -> R
) async throws -> R {
    let (opened, continuation) = AsyncStream.makeStream(of: RelayListener.self)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            await withDiscardingTaskGroup { connections in
                for await listener in opened { connections.addTask { await listener.serve() } }
            }
        }
        defer {
            continuation.finish()
            group.cancelAll()
        }
        return try await body(StreamRelay(breakage, continuation))
    }
}

/// Relays the connection that follows a URL, which lets its bearer in once.
struct RelayListener: Sendable {
    private let server: ConnectionListener
    private let address: StreamAddress
    private let breakage: StreamBreakage
    private let isForward: Bool

    var port: Int { server.port }

    static func open(to address: StreamAddress, _ breakage: StreamBreakage, isForward: Bool) async throws -> Self {
        let server = try await ConnectionListener.listen { $0.bind(host: "127.0.0.1", port: 0) }
        return Self(server: server, address: address, breakage: breakage, isForward: isForward)
    }

    /// Relays the first connection to its end; one that comes at the same moment as well, for the server to refuse.
    func serve() async {
        await server.serve { client in
            server.close()
            // How a connection ends is seen by both of its ends.
            try? await relay(client)
        }
    }

    private func relay(_ client: any Channel) async throws {
        try await client.withBytes { fromClient, _ in
            let upstream = try await ClientBootstrap.forBytes().connect(host: address.host, port: address.port)
                .get()
            try await upstream.withBytes { fromServer, _ in
                let pump = try RelayPump(
                    RelayEditor(breakage, isForward: isForward),
                    client: client,
                    server: upstream
                )
                // When one side has ended, the other has nobody to speak to.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { for try await bytes in fromClient { try await pump.pass(bytes, from: .input) } }
                    group.addTask { for try await bytes in fromServer { try await pump.pass(bytes, from: .output) } }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        }
    }
}

/// Moves what the editor lets through.
private actor RelayPump {
    private var editor: RelayEditor
    private let client: any Channel
    private let server: any Channel

    init(_ editor: RelayEditor, client: any Channel, server: any Channel) {
        self.editor = editor
        self.client = client
        self.server = server
    }

    /// Returns when the bytes are with the system, so that nothing is lost when the connection is closed after them.
    func pass(_ bytes: ByteBuffer, from side: StreamBreakage.Side) async throws {
        let target = side == .input ? server : client
        for output in try editor.edit(bytes, from: side) {
            switch output {
            case .pass(let bytes): try await target.writeAndFlush(bytes).get()
            case .stall: try await Task.sleep(for: .seconds(86_400))
            case .reset:
                for case let socket as any SocketOptionProvider in [client, server] {
                    try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
                }
                throw StreamingError(.streamReset, "reset by the relay")
            }
        }
    }
}
