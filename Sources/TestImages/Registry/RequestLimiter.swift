import NIOCore

/// Closes a connection whose request does not end: head and body together may have so many bytes.
final class RequestLimiter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// In bytes. A runtime asks with a few hundred.
    private let limit: Int
    private var seen = 0

    init(limit: Int = 64 << 10) { self.limit = limit }

    /// Told by the handler that reads whole requests.
    func requestEnded() { seen = 0 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        seen += unwrapInboundIn(data).readableBytes
        guard seen <= limit else { return context.close(promise: nil) }
        context.fireChannelRead(data)
    }
}
