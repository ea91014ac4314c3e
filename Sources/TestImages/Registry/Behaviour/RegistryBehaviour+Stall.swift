extension RegistryBehaviour {
    /// Sending that stops and does not end: until the behaviour changes, when it goes on, or the client goes away.
    public struct Stall: Sendable, Hashable {
        /// Where sending stops.
        public enum Point: Sendable, Hashable {
            /// Nothing is sent, not even a status.
            case beforeHead
            /// After the head and this many bytes of the body, or one byte before its end where that comes first, so
            /// that no body that has bytes gets through whole. Answers without a body are not stalled.
            case afterBytes(Int)
        }

        /// Which requests.
        public var target: RegistryTarget
        /// Where sending stops.
        public var point: Point
        /// How many requests are stalled before the repository is healthy; `nil`: all.
        public var times: Int?

        /// Creates a stall.
        public init(_ target: RegistryTarget = .any, _ point: Point = .afterBytes(0), times: Int? = nil) {
            self.target = target
            self.point = point
            self.times = times
        }
    }
}
