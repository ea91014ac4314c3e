public import CRICatalog

/// ``CallOptions`` under a name that GRPCCore does not have as well.
public typealias CRICallOptions = CallOptions

/// How one call is made.
public struct CallOptions: Sendable {
    /// How long the call may take from the moment it is made, waiting for a connection included; `nil` is for ever.
    /// The runtime is told through `grpc-timeout`, and our own timer ends the call as well.
    public var deadline: Duration?
    /// The largest message accepted from the runtime, in bytes; kubelet's own limit is 16 MiB.
    public var receiveLimit: Int = 16 << 20
    /// The most bytes of answers a ``CallRecord`` keeps; later messages of a long stream are handed on and counted,
    /// not kept.
    public var keepLimit: Int = 64 << 20
    /// Headers sent with the request; names are lower-cased, those HTTP/2 and gRPC set themselves are left out.
    public var metadata: [(String, String)] = []

    /// No deadline, kubelet's receive limit, no metadata.
    public init() {}

    /// The deadline kubelet puts on this call by default, and its receive limit.
    ///
    /// A request that names its own `timeout` (in seconds: StopContainer, ExecSync) has it added, as kubelet does; an
    /// ExecSync without one has no deadline at all.
    public static func kubelet(_ rpc: RPC, request: Record) -> CallOptions {
        var options = CallOptions()
        let timeout = Int(clamping: max(0, request["timeout"]?.integer ?? 0))
        switch rpc.deadline {
        case .none: break
        case .seconds(let seconds):
            // A checkpoint may take as long as the caller gave it, if that is more.
            options.deadline = .seconds(rpc.name == "CheckpointContainer" ? max(seconds, timeout) : seconds)
        case .secondsPlusTimeout(let seconds):
            if rpc.name == "ExecSync", timeout == 0 { break }
            options.deadline = .seconds(seconds) + .seconds(timeout)
        }
        return options
    }
}
