import CRICatalog
import CRIClient
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// What a fake runtime does.
struct FakeScript: Sendable {
    /// What connection n begins with; a well-behaved server sends SETTINGS.
    var greeting: @Sendable (Int) -> [FakeAction] = { _ in [.settings([(3, 1_000)])] }
    /// What it does as soon as a request's headers came, on connection n.
    var onHeaders: @Sendable (Int) -> [FakeAction] = { _ in [] }
    /// What it does with a whole request.
    var answer: @Sendable (FakeRequest) -> [FakeAction]
    /// Whether it gives the client new window for what it sent.
    var opensWindows = true
    var acknowledgesSettings = true
    /// A PING before each DATA frame, as grpc-go has it.
    var pingsBeforeData = false

    init(_ answer: @escaping @Sendable (FakeRequest) -> [FakeAction] = { _ in FakeAction.ok([]) }) {
        self.answer = answer
    }
}

/// An HTTP/2 server on a unix socket that plays a script and can be told to do more.
final class FakeRuntime: Sendable {
    private struct State {
        var lastConnection = 0
        var connections: [Int: NIOLoopBound<FakeConnection>] = [:]
        var channels: [any Channel] = []
    }

    let endpoint: Endpoint
    private let script: FakeScript
    private let state = Mutex(State())
    private let eventStream: AsyncStream<FakeEvent>
    private let continuation: AsyncStream<FakeEvent>.Continuation
    private let log = Mutex<[FakeEvent]>([])
    private let sent = Atomic<Int>(0)

    private init(_ endpoint: Endpoint, _ script: FakeScript) {
        self.endpoint = endpoint
        self.script = script
        (eventStream, continuation) = AsyncStream.makeStream()
    }

    /// Everything seen so far.
    var events: [FakeEvent] { log.withLock { $0 } }

    /// How many bytes of DATA it has sent.
    var bytesSent: Int { sent.load(ordering: .relaxed) }

    /// Waits until an event like this was seen; those before it are consumed. One waiter at a time.
    func wait(for matches: @escaping @Sendable (FakeEvent) -> Bool) async {
        for await event in eventStream where matches(event) { return }
        Issue.record("waited in vain; the fake runtime saw \(events)")
    }

    func wait(for event: FakeEvent) async { await wait { $0 == event } }

    /// Plays actions on a stream of a connection.
    func play(_ actions: [FakeAction], connection: Int = 1, stream: UInt32 = 0) {
        guard let bound = state.withLock({ $0.connections[connection] }) else { return }
        bound.eventLoop.execute { bound.value.play(actions, on: stream) }
    }

    static func run<R: Sendable>(
        _ script: FakeScript,
        at endpoint: Endpoint,
        _ body: (FakeRuntime) async throws -> R
    ) async throws -> R {
        let runtime = FakeRuntime(endpoint, script)
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try runtime.accepted(channel) }
            }
            .bind(unixDomainSocketPath: endpoint.path, cleanupExistingSocketFile: true).get()
        func stop() async throws {
            try await server.close()
            for channel in runtime.state.withLock({ $0.channels }) {
                try? await channel.close()
            }
            try? FileManager.default.removeItem(atPath: endpoint.path)
        }
        do {
            let result = try await body(runtime)
            try await stop()
            return result
        } catch {
            try? await stop()
            throw error
        }
    }

    private func accepted(_ channel: any Channel) throws {
        let number = state.withLock { state in
            state.lastConnection += 1
            state.channels.append(channel)
            return state.lastConnection
        }
        let connection = FakeConnection(number, script) { event in
            self.log.withLock { $0.append(event) }
            self.continuation.yield(event)
        } sent: { count in
            self.sent.add(count, ordering: .relaxed)
        }
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        state.withLock { $0.connections[number] = bound }
        try channel.pipeline.syncOperations.addHandler(connection)
    }
}

/// Runs `body` with a socket path of its own in a folder that is removed afterwards.
func withSocket<R: Sendable>(_ body: (Endpoint) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cri-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(Endpoint(folder.appending(path: "s").path))
}

/// Runs `body` with a client of a fake runtime.
func withFake<R: Sendable>(
    _ script: FakeScript = FakeScript(),
    recorder: (any CallRecorder)? = nil,
    dialTimeout: Duration = .seconds(20),
    _ body: (CRIClient, FakeRuntime) async throws -> R
) async throws -> R {
    try await withSocket { endpoint in
        try await FakeRuntime.run(script, at: endpoint) { fake in
            try await withCRIClient(runtime: endpoint, recorder: recorder, dialTimeout: dialTimeout) { client in
                try await body(client, fake)
            }
        }
    }
}

/// The RPC of this name, which the catalogue is known to have.
func rpc(_ name: String) throws -> RPC { try #require(Catalog.cri.rpc(named: name)) }

/// Options with a deadline.
func deadline(_ duration: Duration) -> CRICallOptions {
    var options = CRICallOptions()
    options.deadline = duration
    return options
}
