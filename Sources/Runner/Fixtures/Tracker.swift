import CRICatalog
import HostProbe

/// Everything a case made, so that all of it can be removed and the proof be led that it is gone.
struct Tracker: Sendable {
    private(set) var sandboxIDs: [String] = []
    private(set) var containerIDs: [String] = []
    private(set) var imageReferences: [String] = []
    private(set) var repositories: [String] = []
    private(set) var tokens: [String] = []
    private(set) var cgroupParents: [String] = []
    private(set) var namespaceMounts: [String: [String]] = [:]
    private(set) var hostPorts: [Int] = []
    /// Whether the runtime was asked to make a sandbox or a container: what it answered, if it did, tells nothing of
    /// what it made.
    private(set) var hasAsked = false

    mutating func asks() { hasAsked = true }
    mutating func made(sandbox id: String) { if !id.isEmpty, !sandboxIDs.contains(id) { sandboxIDs.append(id) } }
    mutating func made(container id: String) {
        if !id.isEmpty, !containerIDs.contains(id) { containerIDs.append(id) }
    }
    mutating func pulls(_ reference: String) {
        if !imageReferences.contains(reference) { imageReferences.append(reference) }
    }
    mutating func serves(_ repository: String) { repositories.append(repository) }
    mutating func uses(token: String) { tokens.append(token) }
    mutating func uses(cgroupParent: String) {
        if !cgroupParent.isEmpty, !cgroupParents.contains(cgroupParent) { cgroupParents.append(cgroupParent) }
    }
    mutating func uses(port: Int) { hostPorts.append(port) }
    /// Where the namespaces of a sandbox are mounted, which it must be known by while it runs.
    mutating func saw(namespaceMounts: [String], of sandbox: String) {
        if !sandbox.isEmpty { self.namespaceMounts[sandbox] = namespaceMounts }
    }
    func namespaceMounts(of sandboxes: [String]) -> [String] { sandboxes.flatMap { namespaceMounts[$0] ?? [] } }

    /// Whether nothing of the case can be left behind.
    var isEmpty: Bool { !hasAsked && tokens.isEmpty && imageReferences.isEmpty }

    /// By what all of it can be recognised on the node.
    var identity: PodIdentity {
        var identity = PodIdentity()
        identity.ids = sandboxIDs + containerIDs
        identity.tokens = tokens
        identity.cgroupParents = cgroupParents
        identity.namespaceMounts = namespaceMounts(of: sandboxIDs)
        identity.hostPorts = hostPorts
        return identity
    }
}
