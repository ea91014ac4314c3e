internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Asks the control API of a running proxy.
public struct ControlClient: Sendable {
    /// What a proxy answered.
    public struct Answer: Sendable, Hashable {
        /// HTTP's status.
        public let status: Int
        /// The body.
        public let body: [UInt8]
    }

    /// Longer answers are refused, in bytes.
    static let answerLimit = 64 << 20
    /// So long a proxy has for an answer.
    static let deadline = TimeAmount.seconds(20)

    /// The control socket.
    public let path: String

    /// Creates a client; nothing is dialled yet.
    public init(path: String) { self.path = path }

    /// Makes one request.
    ///
    /// - Throws: ``SocketError`` when nobody answers.
    public func ask(_ method: String, _ target: String, body: [UInt8] = []) async throws(SocketError) -> Answer {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: Answer.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandler(NIOHTTPClientResponseAggregator(maxContentLength: Self.answerLimit))
                        try pipeline.addHandler(AnswerHandler(promise))
                    }
                }
                .connect(unixDomainSocketPath: path).get()
        } catch {
            promise.fail(error)
            throw SocketError("no proxy listens on the control socket \(path) (\(SocketError.text(error)))")
        }
        let timer = loop.scheduleTask(in: Self.deadline) { channel.close(promise: nil) }
        defer { timer.cancel() }
        var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: target)
        head.headers = ["host": "localhost", "connection": "close", "content-length": "\(body.count)"]
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        do {
            let answer = try await promise.futureResult.get()
            channel.close(promise: nil)
            return answer
        } catch {
            throw SocketError("\(path) gave no answer (\(SocketError.text(error)))")
        }
    }
}

/// Waits for the one answer of a connection.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPClientResponseFull

    private let promise: EventLoopPromise<ControlClient.Answer>
    private var isDone = false

    init(_ promise: EventLoopPromise<ControlClient.Answer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let response = Self.unwrapInboundIn(data)
        let body = response.body.map { Array($0.readableBytesView) } ?? []
        finish(.success(ControlClient.Answer(status: Int(response.head.status.code), body: body)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(SocketError("the connection was closed")))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.failure(error))
        context.close(promise: nil)
    }

    private func finish(_ result: Result<ControlClient.Answer, any Error>) {
        guard !isDone else { return }
        isDone = true
        promise.completeWith(result)
    }
}
