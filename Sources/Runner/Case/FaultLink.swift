import CRICatalog
import CRIClient
import FaultModel
import FaultProxy

/// A relay between a client and the runtime for one call, on which something goes wrong.
///
/// The relay is the proxy's own, so that a fault means the same in a case and on a node. It stays until it is closed: a
/// call may go on in the runtime after its client had its answer.
final class FaultLink: Sendable {
    /// The client whose first call of the RPC meets the fault.
    let client: CRIClient
    private let task: Task<Void, Never>

    private init(_ client: CRIClient, _ task: Task<Void, Never>) {
        self.client = client
        self.task = task
    }

    /// Puts a relay on a socket.
    ///
    /// - Parameters:
    ///   - runtime: the runtime's socket.
    ///   - socket: the path of the relay's.
    /// - Throws: what is wrong with either socket, or `CancellationError`.
    static func open(_ fault: Fault, on rpc: RPC, runtime: Endpoint, socket: String) async throws -> FaultLink {
        // A case calls about what it made itself, by ids that the relay never saw.
        let control = FaultControl(protection: .none)
        control.arm(
            FaultRule(
                "step",
                Match(methods: [Glob(rpc.name)], includesNodeCalls: true),
                FaultSequence(fault),
                numbers: NumberSet(1),
                counting: .rule,
                ttl: FaultRule.ttlLimit
            )
        )
        let endpoint = try Endpoint(socket)
        let (opened, continuation) = AsyncStream.makeStream(of: Result<CRIClient, any Error>.self)
        let task = Task {
            let configuration = Relay.Configuration(listenPath: endpoint.path, runtimePath: runtime.path)
            do {
                try await Relay.run(configuration, control: control) { _ in
                    try await withCRIClient(runtime: endpoint) { client in
                        // A case's deadline is for the call, and not for the way to the relay.
                        await client.connect(for: rpc)
                        continuation.yield(.success(client))
                        // Nothing ever comes: the wait ends when the task is cancelled.
                        let (nothing, keeper) = AsyncStream.makeStream(of: Void.self)
                        for await _ in nothing {}
                        keeper.finish()
                    }
                }
            } catch {
                continuation.yield(.failure(error))
            }
            continuation.finish()
        }
        for await outcome in opened {
            do { return FaultLink(try outcome.get(), task) } catch {
                await task.value
                throw error
            }
        }
        task.cancel()
        await task.value
        throw CancellationError()
    }

    /// Ends the relay, and with it whatever still goes on behind it.
    func close() async {
        task.cancel()
        await task.value
    }
}
