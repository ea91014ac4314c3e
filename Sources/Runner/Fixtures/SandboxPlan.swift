import CRICatalog
import HostProbe

/// A sandbox fixture with its request ready to be sent.
struct SandboxPlan: Sendable {
    var name: String
    let config: Record
    let request: Record
    /// What a case's `with` and handler were left at, so a failure to make it is one of set-up.
    let isDefault: Bool
    var id = ""

    var logDirectory: String { config["logDirectory"]?.text ?? "" }
    var uid: String { config["metadata"]?.record?["uid"]?.text ?? "" }
    var cgroupParent: String { config["linux"]?.record?["cgroupParent"]?.text ?? "" }
}

/// A container fixture with its request ready to be sent.
struct ContainerPlan: Sendable {
    let name: String
    let sandbox: String
    let config: Record
    let request: Record
    let isDefault: Bool
    /// The random word in its environment by which its process is found on the node.
    let token: String
    /// The folder through which its agent is asked.
    let mailbox: String
    /// Where its log is.
    let logPath: String
    var id = ""
    /// The cgroup its first process was seen in.
    var cgroup: ProcessProbe.Membership?
}
