internal import CRICatalog
internal import GRPCCore
internal import NIOCore
internal import Synchronization

/// One typed call: collects what the stub writes, starts the call, and turns its answer into response parts.
final class TypedCall: ClosableRPCWriterProtocol {
    typealias Parts = NIOThrowingAsyncSequenceProducer<
        RPCResponsePart<[UInt8]>, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, Demand
    >

    private enum Phase {
        case writing(metadata: [(String, String)], message: [UInt8]?)
        case started(id: Int, ended: EventLoopPromise<CallRecord>)
        case closed
    }

    private struct State {
        var phase = Phase.writing(metadata: [], message: nil)
        var source: Parts.Source?
    }

    /// GRPCCore's timer is set a moment before ours and cancels the call when it fires.
    private static let deadlineSlack = TimeAmount.milliseconds(50)

    private let rpc: RPC
    private let options: CallOptions
    private let exchange: Exchange
    private let deadline: NIODeadline?
    private let cancellation = CancellationFlag()
    private let state = Mutex(State())

    init(_ rpc: RPC, options: CallOptions, exchange: Exchange) {
        self.rpc = rpc
        self.options = options
        self.exchange = exchange
        deadline = CallOrder.deadline(after: options.deadline)
    }

    /// The sequence of the answer's parts; to be made once. A consumer that falls eight messages behind stops the
    /// stream through its flow-control window.
    func makeParts() -> Parts {
        let new = Parts.makeSequence(
            elementType: RPCResponsePart<[UInt8]>.self,
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8),
            finishOnDeinit: true,
            delegate: Demand(call: self)
        )
        state.withLock { $0.source = new.source }
        return new.sequence
    }

    // MARK: - The request

    func write(_ part: RPCRequestPart<[UInt8]>) async throws {
        try state.withLock { state in
            guard case .writing(var metadata, var message) = state.phase else {
                throw RPCError(code: .internalError, message: "the request is already finished")
            }
            switch part {
            case .metadata(let pairs): metadata = pairs.map { ($0.key, $0.value.encoded()) }
            case .message(let bytes):
                guard message == nil else {
                    throw RPCError(code: .unimplemented, message: "the CRI has no client-streaming RPC")
                }
                message = bytes
            }
            state.phase = .writing(metadata: metadata, message: message)
        }
    }

    func write(contentsOf parts: some Sequence<RPCRequestPart<[UInt8]>>) async throws {
        for part in parts { try await write(part) }
    }

    /// The request is complete: the call starts.
    func finish() async {
        let order: CallOrder? = state.withLock { state in
            guard case .writing(let metadata, let message) = state.phase else { return nil }
            let call = exchange.begin(rpc)
            let ended = exchange.eventLoop.makePromise(of: CallRecord.self)
            state.phase = .started(id: call.id, ended: ended)
            var options = options
            options.metadata += metadata
            return CallOrder(
                id: call.id,
                rpc: rpc,
                endpoint: exchange.endpoint(of: rpc),
                request: message ?? [],
                options: options,
                sentAt: call.sentAt,
                deadline: deadline,
                deadlineSlack: Self.deadlineSlack,
                cancellation: cancellation,
                onHeaders: { headers in _ = self.yield(.metadata(Metadata(headers))) },
                onMessage: { message in self.yield(.message(message)) },
                onEnd: { record in
                    self.yieldEnd(of: record)
                    ended.succeed(record)
                }
            )
        }
        if let order { exchange.link(of: rpc).start(order) }
    }

    func finish(throwing error: any Error) async {
        let source = state.withLock { state -> Parts.Source? in
            guard case .writing = state.phase else { return nil }
            state.phase = .closed
            return state.source
        }
        source?.finish(error)
    }

    // MARK: - The answer

    private func yield(_ part: RPCResponsePart<[UInt8]>) -> CallOrder.Appetite {
        let source = state.withLock { $0.source }
        return source?.yield(part) == .stopProducing ? .enough : .more
    }

    private func yieldEnd(of record: CallRecord) {
        let code = Status.Code(rawValue: record.code.rawValue) ?? .unknown
        _ = yield(.status(Status(code: code, message: record.message), Metadata(record.trailers)))
        state.withLock { $0.source }?.finish()
    }

    // MARK: - The end

    /// The caller gave up.
    func cancel() {
        cancellation.set()
        if let id { exchange.link(of: rpc).cancel(id) }
    }

    /// The consumer wants more messages.
    func resume() {
        if let id { exchange.link(of: rpc).resume(id) }
    }

    private var id: Int? {
        state.withLock { state in
            if case .started(let id, _) = state.phase { id } else { nil }
        }
    }

    /// Ends the call if it has not ended, and records it.
    func close() async {
        let (phase, source) = state.withLock { state in
            defer { state = State(phase: .closed) }
            return (state.phase, state.source)
        }
        if case .started(let id, let ended) = phase {
            // The order may still be on its way to the event loop.
            cancellation.set()
            exchange.link(of: rpc).cancel(id)
            if let record = try? await ended.futureResult.get() { exchange.end(record) }
        }
        source?.finish()
    }
}

/// Carries the consumer's demand back to the call.
struct Demand: NIOAsyncSequenceProducerDelegate {
    let call: TypedCall

    func produceMore() { call.resume() }

    func didTerminate() {}
}

extension Metadata {
    fileprivate init(_ block: [(String, String)]) {
        self.init()
        for (name, value) in block { addString(value, forKey: name) }
    }
}
