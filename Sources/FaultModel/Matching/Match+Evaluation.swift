public import CRICatalog

extension Match {
    /// What a rule asks of a call: why one did not match.
    public enum Criterion: String, Sendable {
        case service, method, metadata, connection
        /// The call names no pod and the rule does not say `scope: node`.
        case scope
        case field
        case namespace, pod, uid, labels, annotations, container, image
        case runtimeHandler = "runtime-handler"
        /// The request cannot be read, and the rule asks for something in it.
        case request
    }

    /// How a call and a match stand to each other.
    public enum Outcome: Sendable, Hashable {
        case matches
        /// The first thing asked for that does not hold.
        case differs(Criterion)
        /// The request must be read first.
        case undecided
    }

    /// Holds what is asked for against what is known. What headers tell is looked at first, so that most calls need
    /// no look at their message.
    public func evaluate(_ facts: CallFacts, catalog: Catalog = .cri) -> Outcome {
        if let criterion = differenceInHeaders(facts) { return .differs(criterion) }
        if facts.subject?.isNode == true, !includesNodeCalls { return .differs(.scope) }
        switch facts.request {
        case .message(let bytes):
            if let field = fields.first(where: { !holds($0, facts.rpc, bytes, catalog) }), !field.path.isEmpty {
                return .differs(.field)
            }
        case .unreadable where !fields.isEmpty || facts.subject == nil: return .differs(.request)
        case .pending where !fields.isEmpty || facts.subject == nil || asksForImage(facts): return .undecided
        case .unreadable, .pending: break
        }
        return differenceInSubject(facts.subject ?? Subject()).map { .differs($0) } ?? .matches
    }

    private func differenceInHeaders(_ facts: CallFacts) -> Criterion? {
        let service = facts.service
        let short = service.lastIndex(of: ".").map { service[service.index(after: $0)...] } ?? service
        guard services.admits(service) || services.admits(short) else { return .service }
        guard methods.admits(facts.method) else { return .method }
        guard connection == nil || connection == facts.connection else { return .connection }
        for condition in metadata
        where !facts.metadata.contains(where: { $0.name == condition.name && condition.value.matches($0.value) }) {
            return .metadata
        }
        return nil
    }

    /// The image of a call that names no pod is known from its message only.
    private func asksForImage(_ facts: CallFacts) -> Bool {
        guard !images.isEmpty, let rpc = facts.rpc else { return false }
        return rpc.service == .image && facts.subject?.image == nil
    }

    private func differenceInSubject(_ subject: Subject) -> Criterion? {
        // It may be about any pod. It is protected for that, and counted as what it is.
        if subject.unknownID != nil { return nil }
        if asksForPod {
            guard let pod = subject.pod else { return .pod }
            guard namespaces.admits(pod.namespace) else { return .namespace }
            guard pods.admits(pod.name) else { return .pod }
            guard uids.admits(pod.uid) else { return .uid }
            guard runtimeHandlers.admits(pod.runtimeHandler) else { return .runtimeHandler }
            guard Self.holds(labels, pod.labels) else { return .labels }
            guard Self.holds(annotations, pod.annotations) else { return .annotations }
        }
        guard containers.isEmpty || subject.container.map({ containers.admits($0) }) == true else { return .container }
        guard images.isEmpty || subject.image.map({ images.admits($0) }) == true else { return .image }
        return nil
    }

    private static func holds(_ wanted: [String: Glob], _ entries: [String: String]) -> Bool {
        wanted.allSatisfy { key, glob in entries[key].map { glob.matches($0) } ?? false }
    }

    private func holds(_ field: Field, _ rpc: RPC?, _ bytes: [UInt8], _ catalog: Catalog) -> Bool {
        guard let rpc, let path = try? WirePath(field.path, in: rpc.request, catalog: catalog),
            let value = try? WireEditor(catalog).read(path, in: bytes)
        else { return false }
        if case .list(let items) = value { return items.contains { field.value.matches($0.plainText) } }
        return field.value.matches(value.plainText)
    }
}
