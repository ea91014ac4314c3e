public import CRICatalog
public import CRIClient
public import HostProbe
public import ManagedRuntime
public import Streaming
public import TestImages

/// What every case of a run works with.
public struct RunContext: Sendable {
    /// The run's id: in the labels, cgroup names and repositories of everything it makes.
    public let id: String
    /// The client all calls go through.
    public let client: CRIClient
    /// The runtime's socket.
    public let endpoint: Endpoint
    /// The socket of its ImageService.
    public let imageEndpoint: Endpoint
    /// The registry that serves the test images.
    public let registry: Registry
    /// Where the registry listens with TLS, by what it proves itself with; empty where the runtime was not told whom to
    /// trust.
    public let secureAddresses: [SecureTransport: String]
    /// The agent's binary, which every test image holds.
    public let agent: [UInt8]
    /// The run's private folder on the node.
    public let folder: String
    /// Names what the run makes before it is made.
    public let journal: RunJournal
    /// The runtime crisol started itself, if it did.
    public let managed: ManagedContainerd?
    /// Where the node is looked at.
    public let root: HostRoot
    /// What is known of the node.
    public let node: NodeFacts
    /// The handler of every sandbox; empty for the runtime's own.
    public let runtimeHandler: String
    /// A test image that is on the node or in a registry of its owner's; `nil` for that of the run's own registry.
    public let mappedAgent: String?
    /// The CRI as it is described.
    public let catalog: Catalog

    /// Creates a context, and looks at the node.
    public init(
        client: CRIClient,
        endpoint: Endpoint,
        imageEndpoint: Endpoint? = nil,
        registry: Registry,
        secureAddresses: [SecureTransport: String] = [:],
        agent: [UInt8],
        journal: RunJournal,
        managed: ManagedContainerd?,
        runtimeHandler: String = "",
        mappedAgent: String? = nil,
        root: HostRoot = HostRoot(),
        catalog: Catalog = .cri
    ) {
        id = journal.id
        self.client = client
        self.endpoint = endpoint
        self.imageEndpoint = imageEndpoint ?? endpoint
        self.registry = registry
        self.secureAddresses = secureAddresses
        self.agent = agent
        folder = journal.folder
        self.journal = journal
        self.managed = managed
        self.root = root
        node = NodeFacts.collect(root: root)
        self.runtimeHandler = runtimeHandler
        self.mappedAgent = mappedAgent
        self.catalog = catalog
    }

    /// Whether the runtime's workloads were seen on the node.
    let sightings = HostSightings()

    /// The ports of the node that cases were given.
    let ports = HostPorts()

    /// The sandbox of the cases that share one.
    let sharedSandbox = SharedSandbox()

    /// What streams go through that are to be broken; `nil` leaves them as they are.
    public var streamRelay: StreamRelay?

    /// What every answer must satisfy; set for a run that judges invariants.
    var invariants: Invariants?

    /// The labels that mark what a run, and a case of it, made.
    static let runLabel = "io.crisol/run"
    static let caseLabel = "io.crisol/case"
    /// The pod namespace of all sandboxes.
    static let podNamespace = "crisol"

    /// The cgroup under which all pods of the run are: the journal names it before the first one is made.
    var cgroupName: String { "crisol-\(id)" }

    /// The repository prefix of the run.
    var repositoryPrefix: String { "crisol-\(id)" }

    /// Where the address plug-in notes which sandbox has which address.
    var ipamFolders: [String] { managed == nil ? ["/var/lib/cni/networks"] : ["\(folder)/runtime/networks"] }

    /// The image every fixture container runs unless its case says otherwise.
    var agentReference: String { mappedAgent ?? servedAgent }

    /// The test image in the run's own registry.
    var servedAgent: String { "\(registry.address)/\(repositoryPrefix)/agent:latest" }
}
