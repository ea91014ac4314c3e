/// Finds the CRI socket of this machine when nobody named it, in the order of crictl's users: the environment,
/// crictl's own file, then the sockets that runtimes are known to listen on.
public struct EndpointDiscovery: Sendable {
    /// What was found.
    public struct Found: Sendable {
        /// The socket of the RuntimeService.
        public let runtime: Endpoint
        /// The socket of the ImageService, when it is another one.
        public let image: Endpoint?
        /// Where it was named, for messages.
        public let origin: String

        /// Creates a finding.
        public init(runtime: Endpoint, image: Endpoint?, origin: String) {
            self.runtime = runtime
            self.image = image
            self.origin = origin
        }
    }

    /// What crictl's configuration file says, already read: `runtime-endpoint` and `image-endpoint`.
    public struct CrictlFile: Sendable {
        /// The socket of the RuntimeService.
        public let runtime: String?
        /// The socket of the ImageService.
        public let image: String?

        /// Creates the content of a file.
        public init(runtime: String?, image: String?) {
            self.runtime = runtime
            self.image = image
        }
    }

    /// Where crictl keeps its configuration.
    public static let crictlPath = "/etc/crictl.yaml"
    /// The sockets of the runtimes as they are packaged, and as the small distributions of Kubernetes place them.
    public static let known = [
        "/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/cri-dockerd.sock",
        "/run/k3s/containerd/containerd.sock", "/run/k0s/containerd.sock",
        "/var/snap/microk8s/common/run/containerd.sock",
    ]

    private let environment: [String: String]
    private let crictl: CrictlFile?
    private let isLive: @Sendable (String) -> Bool

    /// Creates a search.
    ///
    /// - Parameters:
    ///   - environment: where CONTAINER_RUNTIME_ENDPOINT and IMAGE_SERVICE_ENDPOINT are looked up.
    ///   - crictl: crictl's configuration, if there is one.
    ///   - isLive: whether somebody accepts connections on a socket.
    public init(
        environment: [String: String],
        crictl: CrictlFile?,
        isLive: @escaping @Sendable (String) -> Bool = EndpointDiscovery.accepts
    ) {
        self.environment = environment
        self.crictl = crictl
        self.isLive = isLive
    }

    /// Finds the socket.
    ///
    /// - Throws: `EndpointError` for a text that names no socket, and `EndpointNotFound` when there is none, or more than
    ///   one and nothing says which.
    public func find() throws -> Found {
        if let text = environment["CONTAINER_RUNTIME_ENDPOINT"], !text.isEmpty {
            let image = environment["IMAGE_SERVICE_ENDPOINT"] ?? ""
            return Found(
                runtime: try Endpoint(text),
                image: image.isEmpty ? nil : try Endpoint(image),
                origin: "CONTAINER_RUNTIME_ENDPOINT"
            )
        }
        if let text = crictl?.runtime, !text.isEmpty {
            let image = crictl?.image ?? ""
            return Found(
                runtime: try Endpoint(text),
                image: image.isEmpty || image == text ? nil : try Endpoint(image),
                origin: Self.crictlPath
            )
        }
        let live = Self.known.filter(isLive)
        guard let first = live.first else { throw EndpointNotFound(live: []) }
        guard live.count == 1 else { throw EndpointNotFound(live: live) }
        return Found(runtime: try Endpoint(first), image: nil, origin: "the one known socket that answers")
    }

    /// Whether somebody accepts connections on a socket.
    @Sendable public static func accepts(_ path: String) -> Bool {
        do {
            _ = try LocalSocket(connectingTo: path)
            return true
        } catch {
            return false
        }
    }
}

/// Nobody named a socket and none, or more than one, was found.
public struct EndpointNotFound: Error, Sendable, Hashable, CustomStringConvertible {
    /// The known sockets that accept connections.
    public let live: [String]

    /// Creates the error.
    public init(live: [String]) { self.live = live }

    /// How messages show it.
    public var description: String {
        if live.isEmpty {
            return "no runtime was named and none of the known sockets answers: say --endpoint unix:///run/name.sock"
        }
        return "more than one runtime answers here: say which with --endpoint\n"
            + live.map { "  --endpoint unix://\($0)" }.joined(separator: "\n")
    }
}
