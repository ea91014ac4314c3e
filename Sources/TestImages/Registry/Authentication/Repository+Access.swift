import NIOHTTP1

extension Repository {
    /// The answer to a request that may not have what it asks for; `nil` when it may.
    func refusal(
        of query: RegistryQuery,
        _ name: String,
        _ kind: RegistryRequest.Kind,
        _ issuer: TokenIssuer
    ) -> RegistryAnswer? {
        // Who knows the address was let in before, as with the signed addresses of object stores.
        guard let authentication = behaviour.authentication, !query.isRedirected else { return nil }
        let credentials = query.authorization.credentials
        if credentials == .tooLong { return .headerTooLong(kind) }
        switch authentication.scheme {
        case .basic:
            if authentication.accepts(basic: credentials) { return nil }
            return .unauthorized([.basic], kind)
        case .bearer:
            let challenge = { (error: Challenge.Error?) in
                RegistryAnswer.unauthorized([.bearer(origin: query.origin, repository: name, error)], kind)
            }
            guard case .bearer(let token) = credentials else { return challenge(nil) }
            if authentication.accepted.contains(.registryToken(token)) { return nil }
            guard let repositories = issuer.repositories(of: token) else { return challenge(.invalidToken) }
            return repositories.contains(name) ? nil : challenge(.insufficientScope)
        }
    }

    /// Whether a token is given for this repository.
    func grants(_ grant: TokenRequest.Grant) -> Bool {
        guard let authentication = behaviour.authentication else { return true }
        return switch grant {
        case .anonymous: authentication.allowsAnonymous
        case .password(let username, let password):
            authentication.accepted.contains(.password(username: username, password: password))
        case .refreshToken(let token): authentication.accepted.contains(.identityToken(token))
        case .unreadable, .mistake: false
        }
    }
}

extension RegistryAuthentication {
    /// Whether these credentials of the basic scheme are accepted.
    func accepts(basic credentials: AuthorizationHeader.Credentials) -> Bool {
        switch credentials {
        case .none: allowsAnonymous
        case .password(let username, let password):
            accepted.contains(.password(username: username, password: password))
        case .bearer, .unreadable, .tooLong: false
        }
    }
}
