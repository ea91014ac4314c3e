/// A request the registry got, and what became of it.
public struct RegistryRequest: Sendable, Hashable {
    /// What was asked for.
    public enum Kind: String, Sendable, CaseIterable {
        /// A manifest or an index.
        case manifest
        /// An image configuration.
        case config
        /// A layer.
        case layer
        /// A blob that the repository does not have.
        case blob
        /// The list of tags.
        case tags
        /// A bearer token.
        case token
        /// Anything else.
        case other
    }

    /// How far the answer is.
    public enum State: String, Sendable, CaseIterable {
        /// It is being sent.
        case open
        /// A stall holds it; `bytesSent` are on their way.
        case stalled
        /// It was handed whole to the operating system.
        case done
        /// The registry closed the connection on purpose before it was whole.
        case cut
        /// The client went away before it was whole, or the repository or the registry did.
        case aborted
    }

    /// How a client said who it is. What it said is kept nowhere.
    public enum AuthorizationScheme: String, Sendable, CaseIterable {
        /// A name and a password.
        case basic
        /// A token.
        case bearer
        /// Another scheme, or none that can be made out.
        case other
    }

    /// What was asked for.
    public let kind: Kind
    /// The HTTP method.
    public let method: String
    /// The path as it was sent, without its query.
    public let path: String
    /// The `Range` header as it was sent, cut off after 128 bytes; `nil`: none.
    public let range: String?
    /// The scheme of the `Authorization` header; `nil`: there was none.
    public let authorization: AuthorizationScheme?
    /// The HTTP status that was answered; `nil`: none yet.
    public internal(set) var status: Int?
    /// How far the answer has come.
    public internal(set) var state: State
    /// The bytes of the body that were handed to the operating system.
    public internal(set) var bytesSent: Int

    /// Whether the answer is neither whole nor given up.
    var isUnfinished: Bool { state == .open || state == .stalled }
}
