/// Which pods no rule touches by accident: those that keep the node and the cluster alive (relay-contract 17, 18).
public struct Protection: Sendable, Hashable {
    /// Why a call is left alone.
    public enum Reason: String, Sendable {
        /// Its pod is in a protected namespace that the rule does not name.
        case namespace = "protected-namespace"
        /// Its pod is a static one that the rule does not name, or may be one: only labels tell of it.
        case staticPod = "static-pod"
        /// It carries an id that nobody knows, and so may be about any pod.
        case unknownID = "unmatched-id"
    }

    /// Namespaces that a rule must name to reach their pods.
    public var namespaces: Set<String>
    /// Whether static pods must be named, by name or uid.
    public var coversStaticPods: Bool
    /// Whether calls with an id that nobody knows are left alone.
    public var coversUnknownIDs: Bool

    /// Creates a protection.
    public init(
        namespaces: Set<String> = ["kube-system"],
        coversStaticPods: Bool = true,
        coversUnknownIDs: Bool = true
    ) {
        self.namespaces = namespaces
        self.coversStaticPods = coversStaticPods
        self.coversUnknownIDs = coversUnknownIDs
    }

    /// No protection: for calls that can only be about objects that whoever makes them made.
    public static let none = Protection(namespaces: [], coversStaticPods: false, coversUnknownIDs: false)

    /// Why a rule with this match must leave a subject alone; `nil` when it need not. A pattern with a star names
    /// nothing.
    public func reason(toSpare subject: Subject, from match: Match) -> Reason? {
        if subject.unknownID != nil { return coversUnknownIDs ? .unknownID : nil }
        return subject.pod.flatMap { reason(toSpare: $0, from: match) }
    }

    /// Why a rule with this match must leave a pod alone; `nil` when it need not.
    public func reason(toSpare pod: PodIdentity, from match: Match) -> Reason? {
        if namespaces.contains(pod.namespace), !Self.names(pod.namespace, match.namespaces) { return .namespace }
        if coversStaticPods, pod.mayBeStatic, !Self.names(pod.name, match.pods), !Self.names(pod.uid, match.uids) {
            return .staticPod
        }
        return nil
    }

    private static func names(_ text: String, _ globs: [Glob]) -> Bool {
        globs.contains { $0.isLiteral && $0.matches(text) }
    }
}
