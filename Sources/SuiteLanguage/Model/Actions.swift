public import CRICatalog
public import FaultModel
public import TestImages

/// A CRI call.
public struct CallStep: Sendable {
    /// What a call sends.
    public enum Request: Sendable {
        /// A record of the request's type.
        case message(Template)
        /// The very bytes, whether they are a message or not.
        case raw(Template)
    }

    /// What is called.
    public let rpc: RPC
    /// What is sent.
    public let request: Request
    /// The client's deadline; `nil` for kubelet's own.
    public let deadline: Duration?
    /// The largest answer that is taken, in bytes; `nil` for kubelet's 16 MiB.
    public let receiveLimit: Int?
    /// What is done with the stream behind the URL that was answered; `nil` leaves the URL alone.
    public let stream: StreamPlan?
    /// What goes wrong with the call on its way.
    public let fault: Fault?
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
    /// Sends a datagram and waits for one; `from` is the port it is sent from, the kernel's choice when `nil`.
    case datagram(to: Template, from: Template?)
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
        case .datagram: "datagram"
        case .daemon: "daemon runtime"
        }
    }
}

/// A change of the node, undone by the runner.
public enum HostAct: Sendable {
    /// Mounts a tmpfs on a path below a directory of the case.
    case mount(path: Template)
    /// Kills the sandbox's own process.
    case kill(sandbox: String)
    /// Takes the sandbox's network namespace away from where it is mounted.
    case unmountNetworkNamespace(sandbox: String)
    /// Stops (SIGSTOP) what the runtime has watching over the sandbox: a shim, a monitor.
    case suspend(sandbox: String)
    /// Lets it go on.
    case resume(sandbox: String)
    /// Renames the log file of a container, as kubelet does before ReopenContainerLog.
    case rotateLog(container: String)

    /// The words a suite writes.
    static let words = ["mount", "kill", "unmount-netns", "suspend", "resume", "rotate-log"]

    var summary: String {
        switch self {
        case .mount: "mount"
        case .kill(let name): "kill \(name)"
        case .unmountNetworkNamespace(let name): "unmount-netns of \(name)"
        case .suspend(let name): "suspend \(name)"
        case .resume(let name): "resume \(name)"
        case .rotateLog(let name): "rotate-log of \(name)"
        }
    }
}

/// What is done to the managed runtime itself.
public struct RuntimeStep: Sendable {
    /// The words a suite writes.
    public enum Action: String, Sendable, CaseIterable {
        /// SIGKILL.
        case kill
        /// SIGTERM, and waits for its end.
        case stop
        /// Starts it and waits until it answers.
        case start
        /// Stops and starts it.
        case restart
        /// Takes its network configuration away.
        case removeNetworkConfiguration = "remove-network-config"
        /// Puts it back.
        case restoreNetworkConfiguration = "restore-network-config"
    }

    /// What is done.
    public let action: Action
    /// How long after the start of the step before it is done.
    public let after: Duration?
}

/// How the managed runtime's network plugin treats a sandbox, and what it was asked for it.
public struct NetworkStep: Sendable {
    /// The commands of the CNI specification that can be made to misbehave.
    public enum Command: String, Sendable, CaseIterable {
        case add = "ADD"
        case delete = "DEL"
        case check = "CHECK"
    }

    /// What the plugin does before it passes a command on.
    public enum Behaviour: Sendable, Hashable {
        /// Waits until the behaviour changes.
        case hold
        /// Waits so long.
        case delay(Duration)
        /// Answers so many times with an error and passes nothing on.
        case fail(times: Int)
    }

    /// The sandbox it is about.
    public let sandbox: String
    /// What changes from here on; `nil` changes nothing, an empty one makes the plugin healthy.
    public let behaviour: [Command: Behaviour]?
}

/// How a repository of the run's own registry answers, as a case says it.
public struct RepositoryBehaviour: Sendable {
    /// Everything but who is let in.
    public let behaviour: RegistryBehaviour
    /// The scheme it asks its clients with; `nil` serves everybody.
    public let scheme: RegistryAuthentication.Scheme?
    /// The one AuthConfig it accepts: a record of that type.
    public let accepted: Template?
    /// Whether who brings no credentials is served too.
    public let allowsAnonymous: Bool
}

/// A change of how a repository answers, or a look at what it was asked.
public struct RegistryStep: Sendable {
    /// The image fixture.
    public let image: String
    /// How it answers from here on; `nil` changes nothing.
    public let behaviour: RepositoryBehaviour?
}

/// A use of a named step.
public struct NamedStepCall: Sendable {
    /// The step.
    public let descriptor: NamedStepDescriptor
    /// Its parameters: names of fixtures, or values.
    public let arguments: [String: Argument]

    /// What a parameter was given.
    public enum Argument: Sendable {
        case fixture(String)
        case value(Template)
        case word(String)
    }
}

/// Steps that are done several times.
public struct BlockStep: Sendable {
    /// How many rounds.
    public let count: Int
    /// How many rounds are at work at a time.
    public let width: Int
    /// The time from the start of one round to that of the next, at least.
    public let every: Duration?
    /// What a round does.
    public let steps: [Step]

    var summary: String {
        width == 1 ? "repeat \(count)" : count == width ? "parallel \(width)" : "repeat \(count), \(width) at a time"
    }
}
