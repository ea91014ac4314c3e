internal import CRICatalog
internal import NIOCore
internal import NIOHTTP2

/// One call from its start to its end, confined to its client's event loop.
///
/// It ends exactly once, whoever is first: the runtime, our timer, the caller or the link. What comes later is ignored.
final class ActiveCall {
    let order: CallOrder
    /// Empty messages take memory too.
    private static let mostKept = 1 << 20

    private let eventLoop: any EventLoop
    private var reader: ResponseReader
    private var timer: Scheduled<Void>?
    private var responses: [[UInt8]] = []
    private var keptBytes = 0
    private var responsesNotKept = 0

    /// Whether it has ended.
    private(set) var isFinished = false
    /// Whether its consumer asked for no more messages for now.
    private(set) var isPaused = false
    /// Whether it still waits for a connection.
    var isWaiting = true
    /// Told when it ends.
    var onFinish: ((ActiveCall) -> Void)?
    /// The handler of its stream, once it has one.
    var stream: StreamHandler?

    init(_ order: CallOrder, on eventLoop: any EventLoop) {
        self.order = order
        self.eventLoop = eventLoop
        reader = ResponseReader(isUnary: order.rpc.kind == .unary, receiveLimit: order.options.receiveLimit)
    }

    /// What is left until the deadline; `nil` when there is none.
    var remaining: Duration? {
        order.deadline.map { .nanoseconds(max(0, ($0 - .now()).nanoseconds)) }
    }

    /// Arms the deadline.
    func startTimer(_ expired: @escaping (ActiveCall) -> Void) {
        guard let deadline = order.deadline else { return }
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { expired(self) }
    }

    /// The caller gave up.
    func cancel() {
        if let deadline = order.deadline, .now() + order.deadlineSlack >= deadline, order.deadlineSlack > .zero {
            return finish(.deadline)
        }
        finish(.cancelled)
    }

    /// The consumer can take messages again.
    func resume() {
        isPaused = false
        stream?.resumeReading()
    }

    // MARK: - What the stream brings

    func received(block: [(String, String)], endStream: Bool) {
        guard !isFinished else { return }
        let hadHeaders = !reader.headers.isEmpty
        let ending = reader.read(block: block, endStream: endStream)
        if !hadHeaders, !reader.headers.isEmpty { order.onHeaders(reader.headers) }
        if let ending { finish(ending) }
    }

    func received(bytes: ByteBuffer, endStream: Bool) {
        guard !isFinished else { return }
        let ending = reader.read(bytes: bytes, endStream: endStream) { message in
            keep(message)
            if case .enough = order.onMessage(message) { isPaused = true }
        }
        if let ending { finish(ending) }
    }

    func received(reset code: Int) {
        guard !isFinished else { return }
        var ending = CallEnding.reset(code)
        // A server that runs its own timer may reset at the deadline instead of sending a status.
        if ending.code == .cancelled, let deadline = order.deadline, deadline <= .now() {
            ending.code = .deadlineExceeded
        }
        finish(ending)
    }

    private func keep(_ message: [UInt8]) {
        // A unary answer is bounded by the receive limit alone.
        guard
            order.rpc.kind == .unary
                || keptBytes + message.count <= order.options.keepLimit && responses.count < Self.mostKept
        else {
            responsesNotKept += 1
            return
        }
        keptBytes += message.count
        responses.append(message)
    }

    // MARK: - The end

    func finish(_ ending: CallEnding) {
        guard !isFinished else { return }
        isFinished = true
        timer?.cancel()
        timer = nil
        stream?.release()
        stream = nil
        let record = CallRecord(
            id: order.id,
            rpc: order.rpc,
            endpoint: order.endpoint,
            request: order.request,
            responses: responses,
            responsesNotKept: responsesNotKept,
            code: ending.code,
            message: ending.message,
            source: ending.source,
            headers: reader.headers,
            trailers: reader.trailers,
            resetCode: ending.resetCode,
            sentAt: order.sentAt,
            receivedAt: .now()
        )
        responses = []
        order.onEnd(record)
        onFinish?(self)
        onFinish = nil
    }
}
