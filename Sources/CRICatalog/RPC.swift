/// One remote procedure of the CRI, as the catalogue knows it.
public struct RPC: Sendable, Hashable {
    /// How many messages the runtime answers with.
    public enum Kind: String, Sendable {
        case unary
        case serverStream = "server-stream"
    }

    /// The two services of package `runtime.v1`.
    public enum Service: String, Sendable, CaseIterable {
        case runtime = "RuntimeService"
        case image = "ImageService"

        /// The name on the wire, `runtime.v1.RuntimeService`.
        public var qualifiedName: String { "runtime.v1.\(rawValue)" }
    }

    /// The service it belongs to.
    public let service: Service
    /// Its name, `RunPodSandbox`.
    public let name: String
    /// The name of its request message.
    public let request: String
    /// The name of its response message, for a server stream of each one.
    public let response: String
    /// One answer or a stream of them.
    public let kind: Kind
    /// The Kubernetes minor whose CRI introduced it.
    public let since: KubernetesMinor
    /// Whether kubelet cannot run pods without it; such an RPC is never `unsupported`.
    public let isCore: Bool
    /// The deadline kubelet puts on it by default.
    public let deadline: KubeletDeadline

    /// The path of a gRPC request, `/runtime.v1.RuntimeService/RunPodSandbox`.
    public var path: String { "/\(service.qualifiedName)/\(name)" }
}

/// The deadline kubelet puts on a call, with its default `runtimeRequestTimeout` of two minutes.
public enum KubeletDeadline: Sendable, Hashable {
    /// The call is only ever cancelled.
    case none
    /// A fixed number of seconds.
    case seconds(Int)
    /// A number of seconds added to the request's own `timeout` (StopContainer, ExecSync). ExecSync with
    /// timeout 0 has none at all.
    case secondsPlusTimeout(Int)

    init?(_ text: some StringProtocol) {
        if text == "none" {
            self = .none
            return
        }
        let parts = text.split(separator: "+")
        guard let first = parts.first, first.last == "s", let seconds = Int(first.dropLast()) else { return nil }
        switch parts.count {
        case 1: self = .seconds(seconds)
        case 2 where parts[1] == "timeout": self = .secondsPlusTimeout(seconds)
        default: return nil
        }
    }
}
