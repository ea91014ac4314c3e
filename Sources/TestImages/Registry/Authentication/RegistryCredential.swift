/// What a client proves itself with, in the words of the CRI's AuthConfig. Never shown: not even `dump` prints a
/// secret.
public enum RegistryCredential: Sendable, Hashable {
    /// `AuthConfig.username` and `password` (or `auth`, which is both).
    case password(username: String, password: String)
    /// `AuthConfig.identityToken`: exchanged at the token endpoint as an OAuth2 refresh token.
    case identityToken(String)
    /// `AuthConfig.registryToken`: sent as it is as the bearer token.
    case registryToken(String)
}

extension RegistryCredential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Which kind it is, without the secret.
    public var description: String {
        switch self {
        case .password: "username and password"
        case .identityToken: "identity token"
        case .registryToken: "registry token"
        }
    }

    /// As `description`.
    public var debugDescription: String { description }

    /// Has no children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
