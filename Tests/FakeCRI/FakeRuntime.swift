package import CRIClient
internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// What a fake runtime does.
package struct FakeScript: Sendable {
    /// What connection n begins with; a well-behaved server sends SETTINGS.
    package var greeting: @Sendable (Int) -> [FakeAction] = { _ in [.settings([(3, 1_000)])] }
    /// What it does as soon as a request's headers came, on connection n.
    package var onHeaders: @Sendable (Int) -> [FakeAction] = { _ in [] }
    /// What it does with a whole request.
    package var answer: @Sendable (FakeRequest) -> [FakeAction]
    /// Whether it gives the client new window for what it sent.
    package var opensWindows = true
    package var acknowledgesSettings = true
    /// A PING before each DATA frame, as grpc-go has it.
    package var pingsBeforeData = false

    package init(_ answer: @escaping @Sendable (FakeRequest) -> [FakeAction] = { _ in FakeAction.ok([]) }) {
        self.answer = answer
    }
}

/// An HTTP/2 server on a unix socket that plays a script and can be told to do more.
package final class FakeRuntime: Sendable {
    private struct State {
        var lastConnection = 0
        var connections: [Int: NIOLoopBound<FakeConnection>] = [:]
        var channels: [any Channel] = []
    }

    package let endpoint: Endpoint
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
    package var events: [FakeEvent] { log.withLock { $0 } }

    /// How many bytes of DATA it has sent.
    package var bytesSent: Int { sent.load(ordering: .relaxed) }

    /// Waits until an event like this was seen; those before it are consumed. One waiter at a time.
    package func wait(for matches: @escaping @Sendable (FakeEvent) -> Bool) async {
        for await event in eventStream where matches(event) { return }
    }

    package func wait(for event: FakeEvent) async { await wait { $0 == event } }

    /// Plays actions on a stream of a connection.
    package func play(_ actions: [FakeAction], connection: Int = 1, stream: UInt32 = 0) {
        guard let bound = state.withLock({ $0.connections[connection] }) else { return }
        bound.eventLoop.execute { bound.value.play(actions, on: stream) }
    }

    package static func run<R: Sendable>(
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
