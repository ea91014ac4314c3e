public import CRI
public import CRICatalog
internal import GRPCCore

/// A client of the CRI that keeps what it saw on the wire: gRPC over a unix socket, on our own HTTP/2 transport.
///
/// The stock transport hides headers, trailers and reset codes, refuses large trailers, and gives up on Go servers
/// for their PINGs; a conformance harness judges runtimes by just these things. Get one with ``withCRIClient(runtime:image:recorder:_:)``.
public final class CRIClient: Sendable {
    /// How one call is made. The module and this class share a name, so that `CRIClient.CallOptions` must mean it.
    public typealias CallOptions = CRICallOptions

    private let exchange: Exchange
    /// The transport of the typed calls, for stubs of your own making (with interceptors, for instance).
    public let transport: CRITransport

    /// Typed calls of the RuntimeService.
    public let runtime: Runtime_V1_RuntimeService.Client<CRITransport>
    /// Typed calls of the ImageService.
    public let image: Runtime_V1_ImageService.Client<CRITransport>

    init(_ exchange: Exchange) {
        self.exchange = exchange
        transport = CRITransport(exchange)
        let client = GRPCClient(transport: transport)
        runtime = Runtime_V1_RuntimeService.Client(wrapping: client)
        image = Runtime_V1_ImageService.Client(wrapping: client)
    }

    /// Makes a unary call and returns what became of it; it never throws.
    ///
    /// The first call to a socket dials it; so does the first one after the connection was lost. Cancelling the task
    /// resets the stream with CANCEL and returns ``StatusCode/cancelled`` with the source ``StatusSource/cancelled``.
    public func call(_ rpc: RPC, request: [UInt8], options: CallOptions) async -> CallRecord {
        await exchange.perform(rpc, request: request, options: options, onHeaders: {}, onMessage: { _ in })
    }

    /// Makes a server-streaming call and returns when it has ended; it never throws.
    ///
    /// - Parameters:
    ///   - onHeaders: called when the answer's header block has come. Most runtimes send it with the first message.
    ///   - onMessage: called for each message in order, on the client's event loop: it must not block.
    public func stream(
        _ rpc: RPC,
        request: [UInt8],
        options: CallOptions,
        onHeaders: @escaping @Sendable () -> Void = {},
        onMessage: @escaping @Sendable ([UInt8]) -> Void
    ) async -> CallRecord {
        await exchange.perform(rpc, request: request, options: options, onHeaders: onHeaders, onMessage: onMessage)
    }

    /// Dials the socket a call of this RPC would go to, so that the call's own deadline does not pay for it; returns
    /// when that is over, well or not. A call dials again if it has to.
    public func connect(for rpc: RPC) async { await exchange.link(of: rpc).dialAhead() }

    /// The calls that have not ended, oldest first.
    public func callsInFlight() -> [CallInFlight] { exchange.inFlight }
}

/// Runs `body` with a client of a runtime and closes it afterwards, whatever happens: calls still open are cancelled.
///
/// Nothing is dialled before the first call.
///
/// - Parameters:
///   - runtime: the socket of the RuntimeService.
///   - image: the socket of the ImageService; the runtime's when not given. The two services use a connection each, as
///     kubelet has it, also when both are on one socket.
///   - recorder: hears of every finished call.
///   - dialTimeout: how long a peer may take to answer as an HTTP/2 server; a call's own deadline may be shorter.
/// - Throws: what `body` throws.
public func withCRIClient<R: Sendable>(
    runtime: Endpoint,
    image: Endpoint? = nil,
    recorder: (any CallRecorder)? = nil,
    dialTimeout: Duration = .seconds(20),
    _ body: (CRIClient) async throws -> R
) async throws -> R {
    let exchange = Exchange(runtime: runtime, image: image ?? runtime, dialTimeout: dialTimeout, recorder: recorder)
    do {
        let result = try await body(CRIClient(exchange))
        await exchange.shutDown()
        return result
    } catch {
        await exchange.shutDown()
        throw error
    }
}
