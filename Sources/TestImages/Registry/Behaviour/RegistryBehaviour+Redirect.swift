extension RegistryBehaviour {
    /// Content that is answered 307 with a path of this registry below `/crisol-redirect`, where it is served: to
    /// whoever asks, as from a signed address of an object store.
    public struct Redirect: Sendable, Hashable {
        /// Which content.
        public var target: RegistryTarget
        /// How many requests are redirected before the repository is healthy; `nil`: all.
        public var times: Int?
        /// Whether the path below `/crisol-redirect` redirects to itself instead of serving.
        public var loops: Bool

        /// Creates a redirect.
        public init(_ target: RegistryTarget = .any, times: Int? = nil, loops: Bool = false) {
            self.target = target
            self.times = times
            self.loops = loops
        }
    }
}
