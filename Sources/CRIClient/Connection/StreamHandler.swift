internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// Writes one call's request on its HTTP/2 stream and hands the answer to the call.
final class StreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let call: ActiveCall
    private let connection: HTTP2Connection
    private var context: ChannelHandlerContext?
    private var readIsHeld = false
    private var wasReset = false
    private var isReleased = false

    init(_ call: ActiveCall, on connection: HTTP2Connection) {
        self.call = call
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        guard !call.isFinished else {
            isReleased = true
            return context.close(promise: nil)
        }
        call.stream = self
        let headers = HPACKHeaders(RequestHeaders.block(for: call))
        context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
        var message = context.channel.allocator.buffer(capacity: call.order.request.count + 5)
        message.writeInteger(UInt8(0))
        message.writeInteger(UInt32(call.order.request.count))
        message.writeBytes(call.order.request)
        context.writeAndFlush(
            wrapOutboundOut(.data(.init(data: .byteBuffer(message), endStream: true))),
            promise: nil
        )
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            call.received(block: frame.headers.map { ($0.name, $0.value) }, endStream: frame.endStream)
        case .data(let frame):
            guard case .byteBuffer(let bytes) = frame.data else { return }
            call.received(bytes: bytes, endStream: frame.endStream)
        case .rstStream(let code):
            wasReset = true
            call.received(reset: code.networkCode)
        default: break
        }
    }

    /// Reads are held while the call's consumer is full: the stream's flow-control window then holds the runtime.
    func read(context: ChannelHandlerContext) {
        if call.isPaused, !call.isFinished {
            readIsHeld = true
        } else {
            context.read()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if wasReset || isReleased { return }
        if let goAway = connection.goAway {
            return call.finish(
                .unavailable("\(connection.endpoint) \(goAway), before it took this call")
            )
        }
        connection.streamFailed()
        call.finish(.malformed("the runtime broke HTTP/2 on this call's stream: \(HTTP2Connection.describe(error))"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !call.isFinished { call.finish(.unavailable(connection.lossText)) }
        connection.streamClosed(call)
        context.fireChannelInactive()
    }

    func resumeReading() {
        guard readIsHeld, let context else { return }
        readIsHeld = false
        context.read()
    }

    /// The call is over: gives the stream up, which resets it with CANCEL if the runtime still has it open.
    ///
    /// Not at once: while frames are being delivered the stream may be about to close by itself, and a reset would
    /// then be one too many.
    func release() {
        guard let channel = context?.channel else { return }
        channel.eventLoop.assumeIsolated().execute {
            guard channel.isActive else { return }
            self.isReleased = true
            channel.close(promise: nil)
        }
    }
}
