internal import CRICatalog
public import GRPCCore
internal import NIOCore

/// The transport under the generated stubs: every typed call becomes a call of its ``CRIClient`` and is recorded as one.
///
/// The CRI has no client streams, so a request is one message, sent when the stub has finished writing it.
public struct CRITransport: ClientTransport {
    /// Messages are plain byte arrays, as recorded.
    public typealias Bytes = [UInt8]

    private let exchange: Exchange

    init(_ exchange: Exchange) { self.exchange = exchange }

    /// Nothing is ever retried silently.
    public var retryThrottle: RetryThrottle? { nil }

    /// Returns when shutdown begins. Connections are the client's and are dialled when needed; nobody has to run this.
    public func connect() async throws { await exchange.waitUntilClosed() }

    /// No new typed calls; the ones under way go on.
    public func beginGracefulShutdown() { exchange.close() }

    /// No RPC has a configuration of its own.
    public func config(forMethod descriptor: MethodDescriptor) -> MethodConfig? { nil }

    /// Runs `closure` with the stream of one call; when it returns the call has ended and is recorded.
    ///
    /// - Throws: `failedPrecondition` after shutdown began, `unimplemented` for an RPC that the CRI does not have, and
    ///   what `closure` throws.
    public func withStream<T: Sendable>(
        descriptor: MethodDescriptor,
        options: GRPCCore.CallOptions,
        _ closure: (_ stream: RPCStream<Inbound, Outbound>, _ context: ClientContext) async throws -> T
    ) async throws -> T {
        if exchange.isClosed { throw RPCError(code: .failedPrecondition, message: "the client was shut down") }
        guard let rpc = Catalog.cri.rpc(path: "/" + descriptor.fullyQualifiedMethod) else {
            throw RPCError(code: .unimplemented, message: "the CRI has no RPC \(descriptor.fullyQualifiedMethod)")
        }
        let call = TypedCall(rpc, options: CRICallOptions(options), exchange: exchange)
        let parts = call.makeParts()
        let stream = RPCStream(
            descriptor: descriptor,
            inbound: RPCAsyncSequence(wrapping: parts),
            outbound: RPCWriter.Closable(wrapping: call)
        )
        let context = ClientContext(
            descriptor: descriptor,
            remotePeer: "unix:\(exchange.endpoint(of: rpc).path)",
            localPeer: "unix:"
        )
        do {
            let result = try await withTaskCancellationHandler {
                try await closure(stream, context)
            } onCancel: {
                call.cancel()
            }
            await call.close()
            return result
        } catch {
            await call.close()
            throw error
        }
    }
}

extension CallOptions {
    /// A typed call's options; a receive limit that was not given is kubelet's.
    init(_ options: GRPCCore.CallOptions) {
        self.init()
        deadline = options.timeout
        receiveLimit = options.maxResponseMessageBytes ?? receiveLimit
    }
}
