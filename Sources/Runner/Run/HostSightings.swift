import Synchronization

/// Whether processes of this run's containers were ever seen on the node.
///
/// Where they were, a container without one has none; where they never were, they may run in a guest of their own and
/// the node says nothing about them.
final class HostSightings: Sendable {
    private let seen = Mutex(false)

    /// Notes that a container's process was found on the node.
    func note() { seen.withLock { $0 = true } }

    /// Whether the runtime's workloads are processes of this node.
    var areHostProcesses: Bool { seen.withLock { $0 } }
}
