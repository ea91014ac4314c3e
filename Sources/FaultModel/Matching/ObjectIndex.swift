/// Which pod or container an id stands for: most calls carry nothing else (relay-contract 17).
///
/// Learnt from the answers that pass and from one list at the start; never complete, and it need not be: an id it
/// does not know is protected.
public struct ObjectIndex: Sendable {
    /// A container behind an id.
    public struct ContainerIdentity: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// The reference of its image.
        public var image: String
        /// The id of its pod's sandbox.
        public var podID: String
        /// Its pod as its own labels tell, for a container whose sandbox was not seen.
        public var pod: PodIdentity?

        /// Creates an identity.
        public init(name: String, image: String = "", podID: String, pod: PodIdentity? = nil) {
            self.name = name
            self.image = image
            self.podID = podID
            self.pod = pod
        }
    }

    /// So many sandboxes are known at most, and four times as many containers; the oldest are forgotten.
    public static let limit = 16_384
    /// Longer ids are nobody's.
    public static let idLimit = 256

    private var pods = BoundedMap<PodIdentity>(limit: ObjectIndex.limit)
    private var containers = BoundedMap<ContainerIdentity>(limit: 4 * ObjectIndex.limit)

    /// Creates an index that knows nothing.
    public init() {}

    /// The pod of a sandbox.
    public func pod(_ id: String) -> PodIdentity? { pods[id] }

    /// The container of an id; its pod comes from the sandbox where that is known, for it has the annotations.
    public func container(_ id: String) -> ContainerIdentity? {
        guard var container = containers[id] else { return nil }
        if let pod = pods[container.podID] { container.pod = pod }
        return container
    }

    /// How many ids are known.
    public var count: Int { pods.count + containers.count }

    /// Learns whose sandbox an id is.
    public mutating func learn(pod: PodIdentity, id: String) {
        guard !id.isEmpty, id.utf8.count <= Self.idLimit else { return }
        pods[id] = pod
    }

    /// Learns whose container an id is.
    public mutating func learn(container: ContainerIdentity, id: String) {
        guard !id.isEmpty, id.utf8.count <= Self.idLimit else { return }
        containers[id] = container
    }

    /// Forgets an object that is gone.
    public mutating func forget(_ id: String) {
        pods[id] = nil
        containers[id] = nil
    }
}

/// A dictionary that forgets its oldest entries.
struct BoundedMap<Value: Sendable>: Sendable {
    private let limit: Int
    private var values: [String: (value: Value, turn: Int)] = [:]
    /// Keys in the order they came; a key that was set again stands here twice, and only its later turn counts.
    private var order: [(key: String, turn: Int)] = []
    private var turn = 0

    init(limit: Int) { self.limit = max(1, limit) }

    var count: Int { values.count }

    subscript(key: String) -> Value? {
        get { values[key]?.value }
        set {
            guard let newValue else {
                values[key] = nil
                return
            }
            turn += 1
            values[key] = (newValue, turn)
            order.append((key, turn))
            if values.count > limit || order.count > 4 * limit { trim() }
        }
    }

    /// Seldom and then thoroughly: down to three quarters, so that a full map does not trim at every turn.
    private mutating func trim() {
        order.removeAll { entry in values[entry.key]?.turn != entry.turn }
        let surplus = values.count > limit ? values.count - limit * 3 / 4 : 0
        for entry in order.prefix(surplus) { values[entry.key] = nil }
        order.removeFirst(surplus)
    }
}
