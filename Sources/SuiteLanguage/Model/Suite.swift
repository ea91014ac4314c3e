public import CRICatalog
public import Outcome

/// A suite file, read and checked; its cases are expanded.
public struct Suite: Sendable {
    /// Its name, with which the ids of its cases start.
    public let name: String
    /// What its cases are about.
    public let title: String
    /// The file as it was named to crisol.
    public let file: String
    /// Its cases, matrices expanded.
    public let cases: [Case]
}

/// One addressable check with a stable id.
public struct Case: Sendable {
    /// The stable id.
    public let id: String
    /// The id as it is written: that of a matrix for each of its rows.
    public let written: String
    /// The suite it is in.
    public let suite: String
    /// The sentence the case proves.
    public let title: String
    /// How strongly the contract depends on it.
    public let level: Level
    /// Where the requirement comes from.
    public let sources: [String]
    /// What breaks in practice when this is broken.
    public let why: String?
    /// Words to select by.
    public let labels: [String]
    /// The Kubernetes minor whose CRI first has all of what the case uses, or the later one the author wrote.
    public let since: KubernetesMinor
    /// Ids of cases it stands on: those the author wrote and those that prove its fixtures.
    public internal(set) var needs: [String]
    /// Texts in a refusal that mean "not supported".
    public let unsupportedTexts: [String]
    /// What must be there for it to say anything.
    public let requirements: [Requirement]
    /// What only one case may use at a time.
    public let locks: Set<String>
    /// Bound on the whole case.
    public let timeout: Duration
    /// What is done in order, or what is held against every answer of a run.
    public let body: Body
    /// The request field the case is about, when it is not simply what was set last.
    public let subject: Subject?
    /// Every `name.path` the case reads.
    public let references: Set<String>
    /// Where its `id` stands.
    public let position: SourcePosition
    /// The lines of the file that hold it.
    public let lines: ClosedRange<Int>

    /// What a case consists of.
    public enum Body: Sendable {
        case steps([Step])
        /// An invariant, with a rule for each RPC it is about.
        case watch([WatchRule])
    }

    /// A field of a fixture's configuration or of a call's request.
    public struct Subject: Sendable, Hashable {
        /// The fixture, or the RPC.
        public let name: String
        /// The field.
        public let path: ValuePath
    }

    /// The lock that excludes every other case.
    public static let wholeRuntimeLock = "runtime"

    /// The steps of the case; none of an invariant.
    public var steps: [Step] { if case .steps(let steps) = body { steps } else { [] } }

    /// The rules of an invariant.
    public var watch: [WatchRule]? { if case .watch(let rules) = body { rules } else { nil } }

    /// The steps with those inside blocks.
    public var allSteps: [Step] { steps.flatMap(\.withInner) }

    /// The RPCs the case calls itself, in the order of its steps.
    public var rpcs: [String] {
        allSteps.compactMap { if case .call(let call) = $0.action { call.rpc.name } else { nil } }
    }
}

/// What every answer of an RPC must satisfy, whichever case received it.
public struct WatchRule: Sendable {
    /// The RPC; `nil` for every one.
    public let rpc: RPC?
    /// Which answers are judged.
    public let when: [Expectation]
    /// What must hold of them.
    public let expectations: [Expectation]
    /// `${previous}` is the answer before with the same value here; `nil` when nothing is compared.
    public let key: ValuePath?
}

/// Something that must be there for a case to say anything; probed before the case runs.
public enum Requirement: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The version of the node's cgroup tree, 1 or 2.
    case cgroup(Int)
    /// A bit of `Status.features`.
    case feature(String)
    /// A bit of `runtimeHandlers.features`.
    case handlerFeature(String)
    /// So many processors.
    case cpus(Int)
    /// A word of `HostProbe.NodeFacts.hostWords`.
    case host(String)
    /// The runtime's containers are processes of this host, and crisol is root on it.
    case sameHost
    /// The runtime is one that crisol started itself.
    case managed

    /// How messages show it.
    public var description: String {
        switch self {
        case .cgroup(let version): "cgroup v\(version)"
        case .feature(let name): "the runtime feature \(name)"
        case .handlerFeature(let name): "the runtime handler's feature \(name)"
        case .cpus(let count): "\(count) cpus"
        case .host(let word): "\(word) on the host"
        case .sameHost: "the runtime on this host, and root"
        case .managed: "a runtime that crisol started itself (--managed)"
        }
    }

    /// The order they are listed in.
    public static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}
