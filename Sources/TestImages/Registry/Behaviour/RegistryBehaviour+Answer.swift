extension RegistryBehaviour {
    /// An HTTP status, with an error body in the form of the OCI distribution specification 1.1, instead of content.
    public struct Answer: Sendable, Hashable {
        /// The statuses that can be asked for; others are taken as the nearest of them.
        public static let statuses = 400...599

        /// The HTTP status: 429, 503, 500, 404, ...
        public var status: Int
        /// Which requests are answered so, HEAD as well as GET.
        public var target: RegistryTarget
        /// How many requests are answered so before the repository is healthy; `nil`: all.
        public var times: Int?
        /// The `Retry-After` header (RFC 9110 section 10.2.3), in whole seconds, rounded up; `nil`: none.
        public var retryAfter: Duration?

        /// Creates an answer.
        public init(status: Int, _ target: RegistryTarget = .any, times: Int? = nil, retryAfter: Duration? = nil) {
            self.status = status
            self.target = target
            self.times = times
            self.retryAfter = retryAfter
        }

        /// The status that is sent.
        var effectiveStatus: Int { min(max(status, Self.statuses.lowerBound), Self.statuses.upperBound) }

        /// The value of `Retry-After`.
        var retryAfterSeconds: Int64? {
            retryAfter.map {
                let (seconds, attoseconds) = $0.components
                return max(0, attoseconds > 0 && seconds < .max ? seconds + 1 : seconds)
            }
        }
    }
}
