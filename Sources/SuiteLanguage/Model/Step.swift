public import CRICatalog

/// One action of a case with its expectations.
public struct Step: Sendable {
    /// From 1.
    public let number: Int
    /// What is done.
    public let action: Action
    /// What must hold of its result.
    public let expectations: [Expectation]
    /// The name its result is bound to.
    public let save: String?
    /// How often it is done.
    public let repetition: Repetition
    /// The name under which the call goes on while later steps are done; `nil` waits for its end.
    public let background: String?
    /// What is shown in the report and judged by nothing.
    public let recorded: [ValuePath]
    /// Where its kind stands.
    public let position: SourcePosition

    /// What a step does.
    public enum Action: Sendable {
        case sandbox(SandboxFixture)
        case container(ContainerFixture)
        case image(ImageFixture)
        case directory(DirectoryFixture)
        case call(CallStep)
        case agent(AgentStep)
        /// Reads the log files of a container.
        case log(container: String)
        case host(HostLook)
        /// Renames the log file of a container, as kubelet does before ReopenContainerLog.
        case rotateLog(container: String)
        /// Waits for the end of a call in the background.
        case await(String)
        /// Makes the client cancel a call in the background.
        case cancel(String)
        /// Looks at a saved value, or at what a call in the background has received so far.
        case check(String)
    }

    /// How often a step is done.
    public enum Repetition: Sendable, Hashable {
        case once
        /// Until its expectations hold, at most so long (stretched by the slack); paced by `every` if it is set.
        case eventually(Duration, every: Duration?)
        /// Over the window, at least three times; the expectations must hold each time.
        case always(Duration, every: Duration?)
    }

    /// What the step does in a few words, `call ExecSync`.
    public var summary: String {
        switch action {
        case .sandbox(let fixture): "sandbox \(fixture.name)"
        case .container(let fixture): "container \(fixture.name)"
        case .image(let fixture): "image \(fixture.name)"
        case .directory(let fixture): "directory \(fixture.name)"
        case .call(let call): "call \(call.rpc.name)"
        case .agent(let agent): "agent \(agent.question) in \(agent.container)"
        case .log(let container): "log \(container)"
        case .host(let look): "host \(look.summary)"
        case .rotateLog(let container): "host rotate-log of \(container)"
        case .await(let name): "await \(name)"
        case .cancel(let name): "cancel \(name)"
        case .check(let name): "check \(name)"
        }
    }
}

/// A pod sandbox with kubelet's defaults, removed by the runner.
public struct SandboxFixture: Sendable {
    /// How far the runner brings it.
    public enum State: String, Sendable, CaseIterable { case ready, planned }

    /// What the case calls it.
    public let name: String
    /// How far the runner brings it.
    public let state: State
    /// What is merged into the default `PodSandboxConfig`.
    public let with: Template?
    /// The handler it asks for, over the run's.
    public let runtimeHandler: Template?
}

/// A container of the agent's image with kubelet's defaults, removed by the runner.
public struct ContainerFixture: Sendable {
    /// How far the runner brings it.
    public enum State: String, Sendable, CaseIterable { case running, planned, created, exited }

    /// What the case calls it.
    public let name: String
    /// The sandbox fixture it is made in.
    public let sandbox: String
    /// How far the runner brings it.
    public let state: State
    /// What is merged into the default `ContainerConfig`.
    public let with: Template?
    /// The agent's arguments: a list of text.
    public let arguments: Template?
}

/// An image in the run's own registry.
public struct ImageFixture: Sendable {
    /// How far the runner brings it.
    public enum State: String, Sendable, CaseIterable { case pulled, served }

    /// What the case calls it.
    public let name: String
    /// How far the runner brings it.
    public let state: State
    /// Fields of the OCI image configuration: a record of type `ImageConfig`.
    public let config: Template?
    /// Files by path; contents are bytes.
    public let files: [(path: String, content: Template)]
    /// The tags it is served under.
    public let tags: [String]
    /// Sizes of extra layers, in bytes.
    public let layers: [Int]
}

/// A folder on the node that the runtime sees too, to be mounted into containers.
public struct DirectoryFixture: Sendable {
    /// What the case calls it.
    public let name: String
    /// Files by path; contents are bytes.
    public let files: [(path: String, content: Template)]
}

/// A CRI call.
public struct CallStep: Sendable {
    /// What is called.
    public let rpc: RPC
    /// A record of the request's type.
    public let request: Template
    /// The client's deadline; `nil` for kubelet's own.
    public let deadline: Duration?
    /// The largest answer that is taken, in bytes; `nil` for kubelet's 16 MiB.
    public let receiveLimit: Int?
}

/// A question to the process inside a container.
public struct AgentStep: Sendable {
    /// What the agent is asked.
    public let question: String
    /// The question and its arguments: a list of text.
    public let command: Template
    /// The container whose agent is asked.
    public let container: String
    /// Through ExecSync instead of the mounted folder.
    public let byExec: Bool
}

/// A look at the node from outside.
public enum HostLook: Sendable {
    case process(container: String)
    case processes(container: String)
    case cgroup(container: String)
    case remains(sandbox: String)
    case mounts(under: Template)
    case file(path: Template)
    case connect(to: Template)
    case daemon

    var summary: String {
        switch self {
        case .process(let name): "process of \(name)"
        case .processes(let name): "processes of \(name)"
        case .cgroup(let name): "cgroup of \(name)"
        case .remains(let name): "remains of \(name)"
        case .mounts: "mounts"
        case .file: "file"
        case .connect: "connect"
        case .daemon: "daemon runtime"
        }
    }
}
