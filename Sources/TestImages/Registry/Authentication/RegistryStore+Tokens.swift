import NIOHTTP1

extension RegistryStore {
    /// Answers a request for a token.
    ///
    /// Of what is asked for, the token is for what the client may have; when it may have nothing of it, the credentials
    /// are wrong.
    func token(_ query: RegistryQuery, _ request: TokenRequest) -> RegistryAnswer {
        if query.authorization.credentials == .tooLong { return .headerTooLong(.token) }
        if query.isTooLarge { return .error(.payloadTooLarge, .unsupported, "the form is too large", .token) }
        if case .mistake(let name) = request.grant { return .json(.badRequest, "{\"error\":\"\(name)\"}", .token) }
        let granted = request.repositories.filter { repositories[$0]?.grants(request.grant) ?? false }
        // Without a scope it is only asked whether the credentials are any good.
        let isGood =
            request.repositories.isEmpty
            ? repositories.values.contains { $0.grants(request.grant) } : !granted.isEmpty
        guard isGood else { return .unauthorized([.basic], .token) }
        let token = issuer.token(for: granted)
        let scope = granted.map { "repository:\($0):pull" }.joined(separator: " ")
        var answer = RegistryAnswer.json(
            .ok,
            """
            {"token":"\(token)","access_token":"\(token)","token_type":"Bearer",\
            "expires_in":\(TokenIssuer.lifetime),"scope":"\(scope)"}
            """,
            .token
        )
        answer.headers.add(name: "cache-control", value: "no-store")
        return answer
    }

    /// Answers `/v2/`, which belongs to no repository: `RegistryAuthentication` says what follows from that.
    func base(_ query: RegistryQuery) -> RegistryAnswer {
        let demands = repositories.values.compactMap(\.behaviour.authentication)
        if query.authorization.credentials == .tooLong { return .headerTooLong(.other) }
        guard !demands.isEmpty, !isKnown(query.authorization.credentials, demands) else {
            return .json(.ok, "{}", .other)
        }
        var challenges: [Challenge] = []
        if demands.contains(where: { $0.scheme == .bearer }) {
            challenges.append(.bearer(origin: query.origin, repository: nil, nil))
        }
        if demands.contains(where: { $0.scheme == .basic }) { challenges.append(.basic) }
        return .unauthorized(challenges, .other)
    }

    private func isKnown(
        _ credentials: AuthorizationHeader.Credentials,
        _ demands: [RegistryAuthentication]
    ) -> Bool {
        switch credentials {
        case .password: demands.contains { $0.scheme == .basic && $0.accepts(basic: credentials) }
        case .bearer(let token):
            issuer.repositories(of: token) != nil
                || demands.contains { $0.scheme == .bearer && $0.accepted.contains(.registryToken(token)) }
        case .none, .unreadable, .tooLong: false
        }
    }
}
