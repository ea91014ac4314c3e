public import CRICatalog

/// Reads out of a request what the call is about.
///
/// It goes by the names and types of the fields, not by a list of RPCs: an RPC of a later CRI that names its pod the
/// way all others do is understood.
public struct SubjectReader: Sendable {
    private let editor: WireEditor
    private let catalog: Catalog

    /// Creates a reader.
    public init(_ catalog: Catalog = .cri) {
        self.catalog = catalog
        editor = WireEditor(catalog)
    }

    /// Whether requests of an RPC can name a pod at all; lists, status, version and events cannot.
    public static func canNamePod(_ rpc: RPC) -> Bool { canNamePod(rpc, .cri) }

    /// Whether requests of an RPC can name a pod, or an image.
    static func canNameAnything(_ rpc: RPC, _ catalog: Catalog = .cri) -> Bool {
        canNamePod(rpc, catalog)
            || catalog.message(named: rpc.request)?.field(named: "image")?.type == .message("ImageSpec")
    }

    static func canNamePod(_ rpc: RPC, _ catalog: Catalog) -> Bool {
        guard let message = catalog.message(named: rpc.request) else { return false }
        return message.fields.contains {
            $0.name == "pod_sandbox_id" || $0.name == "container_id" || $0.type == .message("PodSandboxConfig")
        }
    }

    /// What a request is about; ids are looked up in the index.
    ///
    /// - Throws: `WireError` when the bytes are no such request.
    public func subject(of rpc: RPC, request: [UInt8], index: ObjectIndex) throws(WireError) -> Subject {
        guard let message = catalog.message(named: rpc.request) else { return Subject() }
        var subject = Subject()
        for field in message.fields {
            switch (field.name, field.type) {
            case (_, .message("PodSandboxConfig")) where !field.isRepeated:
                subject.pod = try pod(at: field.name, in: rpc.request, request) ?? subject.pod
            case ("config", .message("ContainerConfig")):
                subject.container = try text("config.metadata.name", rpc.request, request)
                subject.image = try text("config.image.image", rpc.request, request)
            case ("image", .message("ImageSpec")): subject.image = try text("image.image", rpc.request, request)
            default: break
            }
        }
        if let handler = try text("runtime_handler", rpc.request, request) { subject.pod?.runtimeHandler = handler }
        try lookUp(in: message, request, index, &subject)
        return subject
    }

    private func lookUp(
        in message: MessageDescriptor,
        _ request: [UInt8],
        _ index: ObjectIndex,
        _ subject: inout Subject
    ) throws(WireError) {
        if message.field(named: "container_id") != nil {
            let id = try text("container_id", message.name, request) ?? ""
            if let container = index.container(id) {
                subject.container = container.name
                subject.image = container.image
                subject.pod = container.pod ?? index.pod(container.podID)
            }
            if subject.pod == nil { subject.unknownID = id }
        } else if message.field(named: "pod_sandbox_id") != nil {
            let id = try text("pod_sandbox_id", message.name, request) ?? ""
            // What the runtime knows a sandbox by is surer than what a request says beside it.
            subject.pod = index.pod(id) ?? subject.pod
            if subject.pod == nil { subject.unknownID = id }
        }
    }

    /// The pod that a PodSandboxConfig describes, if it is there and names one.
    func pod(at field: String, in message: String, _ bytes: [UInt8]) throws(WireError) -> PodIdentity? {
        guard let namespace = try text("\(field).metadata.namespace", message, bytes),
            let name = try text("\(field).metadata.name", message, bytes)
        else { return nil }
        return PodIdentity(
            namespace: namespace,
            name: name,
            uid: try text("\(field).metadata.uid", message, bytes) ?? "",
            labels: try map("\(field).labels", message, bytes),
            annotations: try map("\(field).annotations", message, bytes)
        )
    }

    /// The text at a path; `nil` when there is none, or an empty one.
    func text(_ path: String, _ message: String, _ bytes: [UInt8]) throws(WireError) -> String? {
        guard let path = try? WirePath(path, in: message, catalog: catalog),
            let text = try editor.read(path, in: bytes)?.text, !text.isEmpty
        else { return nil }
        return text
    }

    func map(_ path: String, _ message: String, _ bytes: [UInt8]) throws(WireError) -> [String: String] {
        guard let path = try? WirePath(path, in: message, catalog: catalog),
            case .map(let entries)? = try editor.read(path, in: bytes)
        else { return [:] }
        return entries.compactMapValues(\.text)
    }

    /// The items of a list, encoded.
    func items(_ path: String, _ message: String, _ bytes: [UInt8]) throws(WireError) -> [[UInt8]] {
        guard let path = try? WirePath(path, in: message, catalog: catalog) else { return [] }
        var items: [[UInt8]] = []
        _ = try editor.changeItems(at: path, in: bytes) { (_, item) throws(WireError) in
            items.append(item)
            return .keep
        }
        return items
    }
}
