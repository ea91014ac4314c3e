extension RegistryBehaviour {
    /// A connection that is closed while there are bytes left that `Content-Length` had promised. Ranges work
    /// (RFC 9110 section 14), so a client can go on from where it was cut.
    public struct Cut: Sendable, Hashable {
        /// Which content.
        public var target: RegistryTarget
        /// The bytes of each body that are sent, at most all but one.
        public var after: Int
        /// How many answers are cut before the repository is healthy; `nil`: all.
        public var times: Int?

        /// Creates a cut.
        public init(_ target: RegistryTarget = .any, after: Int = 0, times: Int? = nil) {
            self.target = target
            self.after = after
            self.times = times
        }
    }
}
