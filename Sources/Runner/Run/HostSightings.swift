import Synchronization

/// Of which runtime handlers processes were ever seen on the node.
///
/// Where they were, a container without one has none; where they never were, they may run in a guest of their own and
/// the node says nothing about them.
final class HostSightings: Sendable {
    private let seen = Mutex(Set<String>())

    /// Notes that the process of a container of this handler was found on the node.
    func note(_ handler: String) { seen.withLock { _ = $0.insert(handler) } }

    /// Whether this handler's workloads are processes of this node.
    func areHostProcesses(_ handler: String) -> Bool { seen.withLock { $0.contains(handler) } }
}
