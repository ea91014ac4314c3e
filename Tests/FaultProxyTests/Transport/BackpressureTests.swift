import NIOCore
import NIOEmbedded
import Testing

@testable import FaultProxy

/// relay-contract 16, without rules: what is buffered is bounded by what the other end takes.
struct BackpressureTests {
    /// Counts the reads that reach the socket.
    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var reads = 0
        func read(context: ChannelHandlerContext) {
            reads += 1
            context.read()
        }
    }

    private struct Ends {
        let pair: RelayPair
        let loop = EmbeddedEventLoop()
        let clientReads = ReadCounter()
        let runtimeReads = ReadCounter()
        let client: EmbeddedChannel
        let runtime: EmbeddedChannel

        init() throws {
            let owner = RelayOwner(FaultControl(), runtimePath: "/r", group: loop)
            pair = RelayPair(RelayLink(), owner: owner, key: 1, eventLoop: loop)
            client = EmbeddedChannel(loop: loop)
            runtime = EmbeddedChannel(loop: loop)
            try runtime.pipeline.syncOperations.addHandlers([runtimeReads, RelayHandler(pair, .runtime)])
            try runtime.connect(to: SocketAddress(unixDomainSocketPath: "/r")).wait()
            try client.pipeline.syncOperations.addHandlers([clientReads, RelayHandler(pair, .client)])
            runtime.read()
        }

        func connectClient() throws { try client.connect(to: SocketAddress(unixDomainSocketPath: "/c")).wait() }

        func finish() {
            _ = try? client.finish(acceptAlreadyClosed: true)
            _ = try? runtime.finish(acceptAlreadyClosed: true)
        }
    }

    @Test func `A runtime is not read from before its client is there`() throws {
        let ends = try Ends()
        #expect(ends.runtimeReads.reads == 0)
        try ends.connectClient()
        #expect(ends.runtimeReads.reads == 1)
        ends.finish()
    }

    @Test func `A client that takes nothing stops its runtime, and its taking starts it again`() throws {
        let ends = try Ends()
        try ends.connectClient()
        let before = ends.runtimeReads.reads
        ends.client.isWritable = false
        ends.client.pipeline.fireChannelWritabilityChanged()
        ends.runtime.read()
        ends.runtime.read()
        #expect(ends.runtimeReads.reads == before)
        ends.client.isWritable = true
        ends.client.pipeline.fireChannelWritabilityChanged()
        #expect(ends.runtimeReads.reads == before + 1)
        // The client itself was free to send all the while.
        ends.client.read()
        #expect(ends.clientReads.reads > 0)
        ends.finish()
    }
}
