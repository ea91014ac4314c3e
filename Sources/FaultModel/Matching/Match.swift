/// Which calls a rule is about. An empty list asks for nothing; everything asked for must hold.
public struct Match: Sendable, Hashable {
    /// A header and what its value must look like; of several with one name one must fit.
    public struct Metadata: Sendable, Hashable {
        /// The header's name.
        public var name: String
        /// What its value must look like.
        public var value: Glob

        /// Creates a condition; names are compared in lower case.
        public init(_ name: String, _ value: Glob) {
            self.name = name.lowercased()
            self.value = value
        }
    }

    /// A field of the request and what its value must look like.
    public struct Field: Sendable, Hashable {
        /// Where, `linux.securityContext.privileged`; in a list one item must fit.
        public var path: String
        /// What the value must look like, in digits, as text, or as the name of an enum's value.
        public var value: Glob

        /// Creates a condition.
        public init(_ path: String, _ value: Glob) {
            self.path = path
            self.value = value
        }
    }

    /// Services, `runtime.v1.RuntimeService` or only `RuntimeService`.
    public var services: [Glob]
    /// Methods, `*PodSandbox`.
    public var methods: [Glob]
    /// Headers of the request.
    public var metadata: [Metadata]
    /// Fields of the request.
    public var fields: [Field]
    /// Namespaces of the pod.
    public var namespaces: [Glob]
    /// Names of the pod.
    public var pods: [Glob]
    /// Uids of the pod.
    public var uids: [Glob]
    /// Labels the pod must have.
    public var labels: [String: Glob]
    /// Annotations the pod must have.
    public var annotations: [String: Glob]
    /// Names of the container.
    public var containers: [Glob]
    /// References of the image.
    public var images: [Glob]
    /// Runtime handlers of the pod; an empty pattern means the default one.
    public var runtimeHandlers: [Glob]
    /// Which of kubelet's two connections.
    public var connection: CallFacts.Connection?
    /// Whether calls that name no pod are meant too: nothing can protect a pod from what happens to those
    /// (relay-contract 18).
    public var includesNodeCalls: Bool

    /// Creates a match.
    public init(
        services: [Glob] = [],
        methods: [Glob] = [],
        metadata: [Metadata] = [],
        fields: [Field] = [],
        namespaces: [Glob] = [],
        pods: [Glob] = [],
        uids: [Glob] = [],
        labels: [String: Glob] = [:],
        annotations: [String: Glob] = [:],
        containers: [Glob] = [],
        images: [Glob] = [],
        runtimeHandlers: [Glob] = [],
        connection: CallFacts.Connection? = nil,
        includesNodeCalls: Bool = false
    ) {
        self.services = services
        self.methods = methods
        self.metadata = metadata
        self.fields = fields
        self.namespaces = namespaces
        self.pods = pods
        self.uids = uids
        self.labels = labels
        self.annotations = annotations
        self.containers = containers
        self.images = images
        self.runtimeHandlers = runtimeHandlers
        self.connection = connection
        self.includesNodeCalls = includesNodeCalls
    }

    /// Whether nothing is asked of a call: a rule about connections as such.
    public var isAboutConnections: Bool {
        services.isEmpty && methods.isEmpty && metadata.isEmpty && fields.isEmpty && !asksForPod && containers.isEmpty
            && images.isEmpty
    }

    /// Whether anything is asked of the pod.
    var asksForPod: Bool {
        !(namespaces.isEmpty && pods.isEmpty && uids.isEmpty && labels.isEmpty && annotations.isEmpty
            && runtimeHandlers.isEmpty)
    }
}
