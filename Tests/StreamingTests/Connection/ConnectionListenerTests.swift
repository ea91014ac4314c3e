import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import Streaming

/// Connections that come and go before anybody looks after them.
@Suite(.timeLimit(.minutes(10)))
struct ConnectionListenerTests {
    private static func listener() async throws -> ConnectionListener {
        try await ConnectionListener.listen { $0.bind(host: "127.0.0.1", port: 0) }
    }

    private static func client(_ listener: ConnectionListener) async throws -> any Channel {
        try await ClientBootstrap.forBytes().connect(host: "127.0.0.1", port: listener.port).get()
    }

    /// What the first connection that is served has said until its end; `nil` for an end that was none of its own.
    private static func served(_ listener: ConnectionListener) async -> [UInt8]? {
        let (results, continuation) = AsyncStream.makeStream(of: [UInt8]?.self)
        async let serving: Void = listener.serve { channel in
            let bytes = try? await channel.withBytes { inbound, _ in
                var bytes: [UInt8] = []
                for try await piece in inbound { bytes += piece.readableBytesView }
                return bytes
            }
            continuation.yield(bytes)
            listener.close()
        }
        await serving
        continuation.finish()
        return await results.first { _ in true } ?? nil
    }

    @Test func `What was said before it is served arrives, and the end after it`() async throws {
        for _ in 0..<20 {
            let listener = try await Self.listener()
            let client = try await Self.client(listener)
            let bytes = [UInt8](repeating: 7, count: 100_000)
            try await client.writeAndFlush(ByteBuffer(bytes: bytes))
            try await client.close(mode: .output)
            #expect(await Self.served(listener) == bytes)
            try? await client.close()
        }
    }

    @Test func `One that is reset before it is served ends`() async throws {
        for _ in 0..<20 {
            let listener = try await Self.listener()
            let client = try await Self.client(listener)
            let provider = try #require(client as? any SocketOptionProvider)
            try await provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try? await client.close()
            // One more, so that there is one to serve for certain.
            let other = try await Self.client(listener)
            try? await other.close()
            _ = await Self.served(listener)
        }
    }

    @Test func `One that nobody serves is closed with its server`() async throws {
        let listener = try await Self.listener()
        let client = try await Self.client(listener)
        listener.close()
        await listener.serve { _ in Issue.record("it was served") }
        let rest = try? await client.withBytes { inbound, _ in
            var count = 0
            for try await piece in inbound { count += piece.readableBytes }
            return count
        }
        #expect(rest ?? 0 == 0)
    }
}
