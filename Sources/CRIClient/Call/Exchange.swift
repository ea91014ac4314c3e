internal import CRICatalog
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// What the raw and the typed calls of a client share: the links, the numbering, the calls in flight, the recorder.
final class Exchange: Sendable {
    private struct Ledger {
        var lastID = 0
        var inFlight: [Int: CallInFlight] = [:]
        var isClosed = false
        var waitingForClose: [AsyncStream<Never>.Continuation] = []
    }

    private let runtimeEndpoint: Endpoint
    private let imageEndpoint: Endpoint
    private let runtimeLink: Link
    private let imageLink: Link
    private let recorder: (any CallRecorder)?
    /// The one event loop of the client.
    let eventLoop: any EventLoop
    private let ledger = Mutex(Ledger())

    init(runtime: Endpoint, image: Endpoint, dialTimeout: Duration, recorder: (any CallRecorder)?) {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        runtimeEndpoint = runtime
        imageEndpoint = image
        // Two connections even to one socket, as kubelet has them.
        runtimeLink = Link(to: runtime, on: eventLoop, dialTimeout: dialTimeout)
        imageLink = Link(to: image, on: eventLoop, dialTimeout: dialTimeout)
        self.recorder = recorder
        self.eventLoop = eventLoop
    }

    func endpoint(of rpc: RPC) -> Endpoint { rpc.service == .runtime ? runtimeEndpoint : imageEndpoint }

    func link(of rpc: RPC) -> Link { rpc.service == .runtime ? runtimeLink : imageLink }

    var inFlight: [CallInFlight] {
        ledger.withLock { $0.inFlight.values.sorted { $0.id < $1.id } }
    }

    /// Makes a call and waits for its end; cancelling the task cancels the call.
    func perform(
        _ rpc: RPC,
        request: [UInt8],
        options: CallOptions,
        onHeaders: @escaping @Sendable () -> Void,
        onMessage: @escaping @Sendable ([UInt8]) -> Void
    ) async -> CallRecord {
        let call = begin(rpc)
        let link = link(of: rpc)
        let cancellation = CancellationFlag()
        let deadline = CallOrder.deadline(after: options.deadline)
        let record = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                link.start(
                    CallOrder(
                        id: call.id,
                        rpc: rpc,
                        endpoint: endpoint(of: rpc),
                        request: request,
                        options: options,
                        sentAt: call.sentAt,
                        deadline: deadline,
                        deadlineSlack: .zero,
                        cancellation: cancellation,
                        onHeaders: { _ in onHeaders() },
                        onMessage: { message in
                            onMessage(message)
                            return .more
                        },
                        onEnd: { continuation.resume(returning: $0) }
                    )
                )
            }
        } onCancel: {
            cancellation.set()
            link.cancel(call.id)
        }
        end(record)
        return record
    }

    /// Numbers a call and counts it as in flight.
    func begin(_ rpc: RPC) -> CallInFlight {
        ledger.withLock { ledger in
            ledger.lastID += 1
            let call = CallInFlight(id: ledger.lastID, rpc: rpc, sentAt: .now())
            ledger.inFlight[call.id] = call
            return call
        }
    }

    /// Strikes a call off and tells the recorder.
    func end(_ record: CallRecord) {
        _ = ledger.withLock { $0.inFlight.removeValue(forKey: record.id) }
        recorder?.record(record)
    }

    // MARK: - The end

    var isClosed: Bool { ledger.withLock { $0.isClosed } }

    /// No new typed calls; whoever waits for the close hears of it.
    func close() {
        let waiting = ledger.withLock { ledger in
            ledger.isClosed = true
            defer { ledger.waitingForClose = [] }
            return ledger.waitingForClose
        }
        for continuation in waiting { continuation.finish() }
    }

    /// Returns when the exchange was closed or the task is cancelled.
    func waitUntilClosed() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        let isClosed = ledger.withLock { ledger in
            if !ledger.isClosed { ledger.waitingForClose.append(continuation) }
            return ledger.isClosed
        }
        if isClosed { return }
        for await _ in stream {}
    }

    /// Ends everything that is open. Bounded: it waits for nobody but the event loop.
    func shutDown() async {
        close()
        await runtimeLink.shutDown()
        await imageLink.shutDown()
    }
}
