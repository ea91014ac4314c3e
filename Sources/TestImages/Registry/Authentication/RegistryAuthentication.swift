/// What a repository asks of its clients before it serves them.
///
/// Clients that learn how to authenticate from `/v2/` (Docker, and the library CRI-O pulls with) know no repository
/// then: that path challenges as soon as any repository of the registry wants authentication, and names the schemes of
/// all, bearer first. Those that want none give their tokens to everybody, so only repositories that want different
/// schemes at one time disturb each other, and for such clients alone.
public struct RegistryAuthentication: Sendable, Hashable {
    /// The scheme of the challenge.
    public enum Scheme: String, Sendable, Hashable, CaseIterable {
        /// RFC 7617.
        case basic
        /// RFC 6750, with tokens from an endpoint of this registry (Docker's token authentication specification, GET
        /// with basic credentials, and its OAuth2 form, POST with a password or a refresh token).
        case bearer
    }

    /// The scheme of the challenge.
    public var scheme: Scheme
    /// What is accepted: passwords with either scheme, tokens with bearer alone.
    public var accepted: Set<RegistryCredential>
    /// Whether who brings no credentials is served: at once with basic, with a token that is given to everybody with
    /// bearer. Wrong credentials are refused nevertheless.
    public var allowsAnonymous: Bool

    /// Creates a demand for authentication.
    public init(_ scheme: Scheme, accepted: Set<RegistryCredential>, allowsAnonymous: Bool = false) {
        self.scheme = scheme
        self.accepted = accepted
        self.allowsAnonymous = allowsAnonymous
    }
}
