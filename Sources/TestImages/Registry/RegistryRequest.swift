/// A request the registry got, and what became of it.
public struct RegistryRequest: Sendable, Hashable {
    /// What was asked for.
    public enum Kind: String, Sendable {
        case manifest, config, layer, blob, tags, other
    }

    /// How far the answer is.
    public enum State: String, Sendable {
        case open, done, aborted
    }

    /// What was asked for.
    public let kind: Kind
    /// The HTTP method.
    public let method: String
    /// The path, as it was sent.
    public let path: String
    /// The HTTP status that was answered.
    public let status: Int
    /// How far the answer has come.
    public internal(set) var state: State
}
