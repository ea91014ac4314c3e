import NIOCore
import NIOHTTP1

/// One connection of the registry. Bodies go out in pieces, each when the one before is on its way, so that a slow
/// reader costs no memory.
final class RegistryHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let chunk = 256 << 10

    private let content: RegistryContent
    private var head: HTTPRequestHead?
    private var unfinished: (number: Int?, repository: String)?

    init(_ content: RegistryContent) { self.content = content }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let answer = RegistryAnswer(
            method: head.method,
            target: head.uri,
            range: head.headers.first(name: "range"),
            content: content
        )
        let repository = answer.repository ?? ""
        let number = content.note(
            RegistryRequest(
                kind: answer.kind,
                method: head.method.rawValue,
                path: head.uri,
                status: Int(answer.status.code),
                state: .open
            ),
            of: repository
        )
        unfinished = (number, repository)
        var headers = answer.headers
        headers.add(name: "connection", value: head.isKeepAlive ? "keep-alive" : "close")
        let response = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        send(answer.body, context, keepAlive: head.isKeepAlive)
    }

    private func send(_ rest: ByteBuffer, _ context: ChannelHandlerContext, keepAlive: Bool) {
        var rest = rest
        guard let piece = rest.readSlice(length: min(Self.chunk, rest.readableBytes)), piece.readableBytes > 0 else {
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { result in
                let (handler, context) = bound.value
                handler.finish(.init(result), context, keepAlive: keepAlive)
            }
            return
        }
        let left = rest
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece)))).whenComplete { result in
            let (handler, context) = bound.value
            switch result {
            case .success: handler.send(left, context, keepAlive: keepAlive)
            case .failure: handler.finish(.aborted, context, keepAlive: false)
            }
        }
    }

    private func finish(_ state: RegistryRequest.State, _ context: ChannelHandlerContext, keepAlive: Bool) {
        if let (number, repository) = unfinished { content.ended(number, of: repository, state) }
        unfinished = nil
        if !keepAlive { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let (number, repository) = unfinished { content.ended(number, of: repository, .aborted) }
        unfinished = nil
        context.fireChannelInactive()
    }

    /// A peer that does not speak HTTP, or went away: nothing to tell it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension RegistryRequest.State {
    fileprivate init(_ result: Result<Void, any Error>) {
        switch result {
        case .success: self = .done
        case .failure: self = .aborted
        }
    }
}
