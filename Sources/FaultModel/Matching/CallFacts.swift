public import CRICatalog

/// What is known about a call when a decision about it is made.
public struct CallFacts: Sendable {
    /// Which of kubelet's two connections a call came over: it keeps one per service, also to the same socket.
    public enum Connection: String, Sendable, CaseIterable {
        case runtime
        case image
    }

    /// The message of the request.
    public enum Request: Sendable, Hashable {
        /// It has not come yet.
        case pending
        /// The encoded message.
        case message([UInt8])
        /// It will not be known: too large, compressed, or cut off.
        case unreadable
    }

    /// A header of the request.
    public struct Header: Sendable, Hashable {
        /// The name, in lower case as HTTP/2 has it.
        public var name: String
        /// The value.
        public var value: String

        /// Creates a header.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The path of the request, `/runtime.v1.RuntimeService/Version`.
    public let path: String
    /// The RPC behind the path; `nil` for one that the catalogue does not know.
    public let rpc: RPC?
    /// The request's headers.
    public var metadata: [Header]
    /// Which connection it came over; `nil` when that cannot be told.
    public var connection: Connection?
    /// The request's message.
    public var request: Request
    /// What the call is about; `nil` while that needs the request.
    public var subject: Subject?

    /// Gathers the facts of a call.
    public init(
        path: String,
        metadata: [Header] = [],
        connection: Connection? = nil,
        request: Request = .pending,
        subject: Subject? = nil,
        catalog: Catalog = .cri
    ) {
        self.path = path
        rpc = catalog.rpc(path: path)
        self.metadata = metadata
        self.connection = connection
        self.request = request
        self.subject = subject ?? (rpc.map { SubjectReader.canNameAnything($0, catalog) } ?? false ? nil : Subject())
    }

    /// The service in the path, `runtime.v1.RuntimeService`.
    public var service: Substring {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return path[..<slash].drop { $0 == "/" }
    }

    /// The method in the path, `Version`.
    public var method: Substring { path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...] }

    /// What the call has in common with those that are counted together (relay-contract 23).
    public var key: CallKey { CallKey(method: String(method), subject ?? Subject()) }
}

/// Method and object of a call: calls with one key are counted together, and a decision is a function of the key and
/// the count, so that what happens to one pod does not depend on what others do meanwhile.
public struct CallKey: Sendable, Hashable, CustomStringConvertible {
    /// The method's name.
    public let method: String
    /// The pod's uid (its name, if there is none) and container, or the image; empty for the node.
    public let object: String

    init(method: String, _ subject: Subject) {
        self.method = method
        if let pod = subject.pod {
            let name = pod.uid.isEmpty ? "\(pod.namespace)/\(pod.name)" : pod.uid
            object = subject.container.map { "\(name)/\($0)" } ?? name
        } else {
            object = subject.unknownID ?? subject.image ?? ""
        }
    }

    /// Connections are counted by which of kubelet's they are.
    init(connection: CallFacts.Connection?) {
        method = "connection"
        object = connection?.rawValue ?? ""
    }

    /// How the ledger shows it.
    public var description: String { object.isEmpty ? method : "\(method) \(object)" }

    /// The same on every machine and in every process.
    func hash(seed: UInt64) -> UInt64 {
        var hash = StableHash(seed: seed)
        hash.combine(method)
        hash.combine(object)
        return hash.value
    }
}
