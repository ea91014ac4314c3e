public import CRICatalog
public import CRIClient
public import HostProbe
public import ManagedRuntime
public import TestImages

/// What every case of a run works with.
public struct RunContext: Sendable {
    /// The run's id: in the labels, cgroup names and repositories of everything it makes.
    public let id: String
    public let client: CRIClient
    public let endpoint: Endpoint
    public let registry: Registry
    /// The agent's binary, which every test image holds.
    public let agent: [UInt8]
    /// The run's private folder on the node.
    public let folder: String
    public let journal: RunJournal
    /// The runtime crisol started itself, if it did.
    public let managed: ManagedContainerd?
    public let root: HostRoot
    public let node: NodeFacts
    public let runtimeHandler: String
    public let catalog: Catalog

    public init(
        client: CRIClient,
        endpoint: Endpoint,
        registry: Registry,
        agent: [UInt8],
        journal: RunJournal,
        managed: ManagedContainerd?,
        runtimeHandler: String = "",
        root: HostRoot = HostRoot(),
        catalog: Catalog = .cri
    ) {
        id = journal.id
        self.client = client
        self.endpoint = endpoint
        self.registry = registry
        self.agent = agent
        folder = journal.folder
        self.journal = journal
        self.managed = managed
        self.root = root
        node = NodeFacts.collect(root: root)
        self.runtimeHandler = runtimeHandler
        self.catalog = catalog
    }

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
    var agentReference: String { "\(registry.address)/\(repositoryPrefix)/agent:latest" }
}
