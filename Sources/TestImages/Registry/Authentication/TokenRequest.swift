import NIOHTTP1

/// A request for a bearer token: GET as Docker's token authentication specification has it, POST as its OAuth2 form.
struct TokenRequest: Sendable, Equatable {
    /// How the client proves itself.
    enum Grant: Sendable, Equatable {
        case anonymous
        case password(username: String, password: String)
        case refreshToken(String)
        /// Credentials that cannot be right.
        case unreadable
        /// What OAuth2 calls this mistake (RFC 6749 section 5.2).
        case mistake(String)
    }

    /// The path of the endpoint.
    static let path = "/crisol-token"
    /// What the challenge calls this registry.
    static let service = "crisol"
    /// The most repositories one token is for.
    static let repositoryLimit = 16

    let grant: Grant
    /// The repositories to pull from, without those asked for other ends.
    let repositories: [String]

    init(_ method: HTTPMethod, _ fields: FormFields, _ authorization: AuthorizationHeader) {
        // Repeated in a query, separated by spaces in a form; both are read in both.
        let scopes = fields.all("scope").flatMap { $0.split(separator: " ") }
        repositories = Array(scopes.compactMap(Self.repository).prefix(Self.repositoryLimit))
        if let service = fields["service"], service != Self.service {
            grant = .mistake("invalid_request")
        } else if method == .POST {
            grant = Self.grant(fields)
        } else {
            switch authorization.credentials {
            case .none: grant = .anonymous
            case .password(let username, let password): grant = .password(username: username, password: password)
            case .bearer, .unreadable, .tooLong: grant = .unreadable
            }
        }
    }

    private static func grant(_ fields: FormFields) -> Grant {
        switch fields["grant_type"] {
        case "password":
            guard let username = fields["username"], let password = fields["password"] else { break }
            return .password(username: username, password: password)
        case "refresh_token":
            guard let token = fields["refresh_token"] else { break }
            return .refreshToken(token)
        case nil: break
        default: return .mistake("unsupported_grant_type")
        }
        return .mistake("invalid_request")
    }

    /// Reads `repository:NAME:pull`, where more actions may stand beside `pull`.
    private static func repository(_ scope: Substring) -> String? {
        let parts = scope.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "repository", RegistryPath.isName(parts[1]) else { return nil }
        let actions = parts[2].split(separator: ",")
        return actions.contains("pull") || actions.contains("*") ? String(parts[1]) : nil
    }
}
