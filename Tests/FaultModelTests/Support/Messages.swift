import CRICatalog
import FaultModel
import Testing

/// A message of the CRI from its JSON form.
func message(_ name: String, _ json: String) throws -> [UInt8] {
    MessageCodec().encode(try RecordJSON().parse(Array(json.utf8), as: name))
}

/// A message of the CRI as a record.
func record(_ name: String, _ bytes: [UInt8]) throws -> Record { try MessageCodec().decode(bytes, as: name) }

/// What a path reads in an encoded message.
func read(_ path: String, in name: String, _ bytes: [UInt8]) throws -> Value? {
    try WireEditor().read(WirePath(path, in: name), in: bytes)
}

/// The RPC of this name.
func rpc(_ name: String) throws -> RPC { try #require(Catalog.cri.rpc(named: name)) }

/// The facts of a call about one pod.
func call(
    _ method: String,
    pod: PodIdentity? = nil,
    container: String? = nil,
    image: String? = nil,
    request: CallFacts.Request = .message([]),
    connection: CallFacts.Connection? = nil,
    metadata: [CallFacts.Header] = []
) throws -> CallFacts {
    CallFacts(
        path: try rpc(method).path,
        metadata: metadata,
        connection: connection,
        request: request,
        subject: Subject(pod: pod, container: container, image: image)
    )
}

extension PodIdentity {
    static let web = PodIdentity(
        namespace: "default",
        name: "web-0",
        uid: "uid-1",
        labels: ["app": "web", "tier": "front"],
        annotations: ["kubernetes.io/config.source": "api", "note": "x"],
        runtimeHandler: "runc"
    )
}
