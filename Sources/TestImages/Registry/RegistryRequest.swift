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

    public let kind: Kind
    public let method: String
    public let path: String
    /// The HTTP status that was answered.
    public let status: Int
    public internal(set) var state: State
}
