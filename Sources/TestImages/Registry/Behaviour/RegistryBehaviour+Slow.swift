extension RegistryBehaviour {
    /// Content that is sent at no more than a certain rate, in about 20 pieces a second.
    public struct Slow: Sendable, Hashable {
        /// Which content.
        public var target: RegistryTarget
        /// Bytes of content a second, for each answer; less than 1 is taken as 1.
        public var rate: Int

        /// Creates a rate.
        public init(_ target: RegistryTarget = .any, rate: Int) {
            self.target = target
            self.rate = rate
        }
    }
}
