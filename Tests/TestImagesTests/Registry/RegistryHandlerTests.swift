import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import TestImages

/// A connection's handler, where time and turns are the test's own.
@Suite struct RegistryHandlerTests {
    /// A connection that asks for a layer of 100 KiB.
    private struct Connection {
        let content = RegistryContent()
        let handler: RegistryHandler
        let channel: EmbeddedChannel
        let layer: Blob

        init(_ behaviour: RegistryBehaviour, chunk: Int = Transmission.chunk) throws {
            let image = try ImageBuilder.build(RegistryFixture.recipe, agent: RegistryFixture.agent)
            layer = image.layers[1]
            content.change("a") { $0.add(image, tags: []) }
            content.behave("a", behaviour)
            handler = RegistryHandler(content, RequestLimiter(), isSecure: false, chunk: chunk)
            channel = EmbeddedChannel(handler: handler)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            try ask()
        }

        func ask() throws {
            let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v2/a/blobs/\(layer.digest)")
            try channel.writeInbound(HTTPServerRequestPart.head(head))
            try channel.writeInbound(HTTPServerRequestPart.end(nil))
        }

        /// The bytes of bodies sent since the last look, and whether an answer ended.
        func sent() throws -> (bytes: Int, ended: Bool) {
            var (bytes, ended) = (0, false)
            while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
                switch part {
                case .head: break
                case .body(.byteBuffer(let piece)): bytes += piece.readableBytes
                case .body: Issue.record("a body that is no buffer")
                case .end: ended = true
                }
            }
            return (bytes, ended)
        }
    }

    @Test func `A slow body takes its time, and a healed one none`() throws {
        let connection = try Connection(RegistryBehaviour(slow: .init(.layer, rate: 20_000)))
        #expect(try connection.sent().bytes == 1000)
        connection.channel.embeddedEventLoop.advanceTime(by: .milliseconds(49))
        #expect(try connection.sent().bytes == 0)
        connection.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(try connection.sent().bytes == 1000)
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(try connection.sent().bytes == 20_000)
        #expect(connection.content.requests("a").first?.bytesSent == 22_000)

        connection.content.behave("a", RegistryBehaviour())
        connection.channel.embeddedEventLoop.advanceTime(by: .nanoseconds(0))
        let (bytes, ended) = try connection.sent()
        #expect(bytes == connection.layer.size - 22_000)
        #expect(ended)
        #expect(connection.content.requests("a").first?.state == .done)
        try connection.channel.close().wait()
    }

    @Test func `A body of very many pieces does not end the stack`() throws {
        let connection = try Connection(RegistryBehaviour(), chunk: 16)
        var (bytes, ended) = (0, false)
        while !ended {
            connection.channel.embeddedEventLoop.advanceTime(by: .nanoseconds(0))
            let sent = try connection.sent()
            guard sent.bytes > 0 || sent.ended else { break }
            (bytes, ended) = (bytes + sent.bytes, sent.ended)
        }
        #expect(bytes == connection.layer.size)
        #expect(ended)
        try connection.channel.close().wait()
    }

    @Test func `What concerned a request before does not concern the one now`() throws {
        let connection = try Connection(RegistryBehaviour(stall: .init(.layer, .afterBytes(10), times: 1)))
        #expect(try connection.sent().bytes == 10)
        let context = try connection.channel.pipeline.syncOperations.context(handler: connection.handler)
        connection.handler.woken(99, .changed, context)
        connection.handler.woken(99, .withdrawn, context)
        connection.channel.embeddedEventLoop.run()
        #expect(try connection.sent().bytes == 0)
        #expect(connection.channel.isActive)
        #expect(connection.content.requests("a").map(\.state) == [.stalled])

        connection.handler.woken(1, .withdrawn, context)
        connection.channel.embeddedEventLoop.run()
        #expect(!connection.channel.isActive)
        #expect(connection.content.openConnections("a") == 0)
    }
}
