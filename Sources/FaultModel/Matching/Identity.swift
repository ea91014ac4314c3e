/// A pod as kubelet names it to the runtime.
public struct PodIdentity: Sendable, Hashable {
    /// More labels or annotations than this are not kept.
    public static let entryLimit = 256
    /// Longer values of annotations are not kept: whole manifests travel in some.
    public static let valueLimit = 1024

    /// Its namespace.
    public var namespace: String
    /// Its name.
    public var name: String
    /// Its uid.
    public var uid: String
    /// Its labels.
    public var labels: [String: String]
    /// Its annotations, short ones only.
    public var annotations: [String: String]
    /// The runtime handler it runs under; empty for the default one.
    public var runtimeHandler: String
    /// Whether its annotations are those it has. Of a pod that only an object's labels tell of they are not known, and
    /// so neither is whether it is a static one.
    public var hasKnownAnnotations = true

    /// Creates an identity; what goes beyond the limits is left out.
    public init(
        namespace: String,
        name: String,
        uid: String = "",
        labels: [String: String] = [:],
        annotations: [String: String] = [:],
        runtimeHandler: String = ""
    ) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.labels = Self.bounded(labels)
        self.annotations = Self.bounded(annotations)
        self.runtimeHandler = runtimeHandler
    }

    /// Whether kubelet runs the pod from a file or an address of its own and not from the API server.
    ///
    /// kubelet marks every pod with its source (`kubernetes.io/config.source`: `api`, `file` or `http`).
    public var isStatic: Bool { annotations[Self.sourceAnnotation].map { $0 != "api" } ?? false }

    static let sourceAnnotation = "kubernetes.io/config.source"

    /// Whether it may be one as far as can be told.
    var mayBeStatic: Bool { isStatic || !hasKnownAnnotations }

    /// Which entries go must not depend on the order of a dictionary.
    private static func bounded(_ entries: [String: String]) -> [String: String] {
        let short = entries.filter { $0.value.utf8.count <= valueLimit && $0.key.utf8.count <= valueLimit }
        guard short.count > entryLimit else { return short }
        return Dictionary(
            uniqueKeysWithValues: short.sorted { $0.key < $1.key }.prefix(entryLimit).map { ($0.key, $0.value) }
        )
    }
}

/// What a call is about.
public struct Subject: Sendable, Hashable {
    /// The pod it names, directly or through an id.
    public var pod: PodIdentity?
    /// The name of the container it names, directly or through an id.
    public var container: String?
    /// The image it names, or that of its container.
    public var image: String?
    /// An id the call names and nobody knows.
    public var unknownID: String?

    /// Creates a subject; without arguments it is the node: lists, status, version, events.
    public init(
        pod: PodIdentity? = nil,
        container: String? = nil,
        image: String? = nil,
        unknownID: String? = nil
    ) {
        self.pod = pod
        self.container = container
        self.image = image
        self.unknownID = unknownID
    }

    /// Whether the call names no pod, not even one that is not known: it cannot be protected by namespace.
    public var isNode: Bool { pod == nil && unknownID == nil }
}
