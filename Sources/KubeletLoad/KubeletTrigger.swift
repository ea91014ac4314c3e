/// Something in kubelet that calls the runtime again and again, and how often it does.
///
/// From kubelet's sources (kubelet.go, pleg/generic.go, kuberuntime, image_gc_manager.go); all of them wait their
/// period after they have ended, as `wait.Until` does.
public enum KubeletTrigger: String, Sendable, CaseIterable, Codable {
    /// The generic PLEG's look at all pods and containers.
    case relist = "PLEG relist"
    /// One pod that changed: its status, that of each of its containers, and the lists narrowed to it.
    case pod = "pod resync"
    /// Whether the runtime is up.
    case runtimeUp = "updateRuntimeUp"
    /// Which pods should be gone.
    case housekeeping
    /// What the eviction manager and the summary want to know.
    case stats = "eviction and summary"
    /// Whether a log file must be rotated.
    case logs = "log rotation"
    /// The node's status.
    case node = "node status"
    /// The images of the node's status.
    case images = "image cache"
    /// Which dead containers and pods could be removed; nothing is.
    case containerGC = "container GC"
    /// Whether images must be removed; nothing is.
    case imageGC = "image GC"

    /// How long kubelet waits after one before the next, with so many pods; `nil` when it does nothing at all.
    ///
    /// - Parameters:
    ///   - pods: each of them is synced once a minute, one after the other.
    ///   - usesEvents: the relist only backs up the stream of events then.
    public func period(pods: Int, usesEvents: Bool = false) -> Duration? {
        switch self {
        case .relist: usesEvents ? .seconds(300) : .seconds(1)
        case .pod: pods > 0 ? .seconds(60) / pods : nil
        case .runtimeUp: .seconds(5)
        case .housekeeping: .seconds(2)
        case .stats, .logs, .node: .seconds(10)
        case .images: .seconds(30)
        case .containerGC: .seconds(60)
        case .imageGC: .seconds(300)
        }
    }

    /// How long the runtime may keep it from succeeding before kubelet calls the node not ready; `nil` where it does
    /// not.
    public var patience: Duration? {
        switch self {
        case .relist: .seconds(180)
        case .runtimeUp: .seconds(30)
        default: nil
        }
    }
}
