/// An enum of the CRI.
public struct EnumDescriptor: Sendable {
    /// One named value.
    public struct Member: Sendable, Hashable {
        /// Its name, `CONTAINER_RUNNING`.
        public let name: String
        /// Its number on the wire.
        public let number: Int32
        /// The Kubernetes minor whose CRI introduced it.
        public let since: KubernetesMinor
    }

    /// Its name in the catalogue; a nested one is written with a dot.
    public let name: String
    /// Its values in the order of their numbers; the first is the default, zero.
    public let members: [Member]
    /// The oldest `since` of its members.
    public var since: KubernetesMinor { members.map(\.since).min() ?? KubernetesMinor(major: 1, minor: 23) }

    /// The member with this name.
    public func member(named name: String) -> Member? { members.first { $0.name == name } }

    /// The member with this number; a runtime may send numbers that have no name.
    public func member(number: Int32) -> Member? { members.first { $0.number == number } }
}
