import NIOHTTP1

/// All repositories, and what the registry answers to a request: a value, so that it can be tested without a socket.
struct RegistryStore: Sendable {
    let issuer = TokenIssuer()
    private(set) var repositories: [String: Repository] = [:]

    /// Changes a repository, which begins to exist with that.
    mutating func change(_ name: String, _ body: (inout Repository) -> Void) {
        body(&repositories[name, default: Repository()])
    }

    /// Forgets a repository.
    mutating func remove(_ name: String) { repositories[name] = nil }

    /// The repository a request is counted for, if it names one that exists.
    func repository(of query: RegistryQuery) -> String? {
        let names = query.token?.repositories ?? query.path.repository.map { [$0] } ?? []
        return names.first { repositories[$0] != nil }
    }

    /// Decides what becomes of a request.
    mutating func decide(_ query: RegistryQuery) -> RegistryDecision {
        guard query.method == .GET || query.method == .HEAD || query.token != nil && query.method == .POST else {
            var answer = RegistryAnswer.error(.methodNotAllowed, .unsupported, "this registry only serves")
            answer.headers.add(name: "allow", value: "GET, HEAD")
            return .answer(answer)
        }
        if let name = repository(of: query) {
            return decide(query, name)
        }
        if let token = query.token { return .answer(self.token(query, token)) }
        switch query.path {
        case .base where !query.isRedirected: return .answer(base(query))
        case .base, .token, .other: return .answer(.error(.notFound, .unsupported, "no such endpoint"))
        case .manifest(let name, _), .blob(let name, _), .tags(let name):
            return .answer(.error(.notFound, .nameUnknown, "repository \(name) is unknown"))
        }
    }
    private mutating func decide(_ query: RegistryQuery, _ name: String) -> RegistryDecision {
        var repository = repositories[name, default: Repository()]
        defer { repositories[name] = repository }
        let kind = repository.kind(of: query.path)
        if let fault = repository.fault(kind) { return fault }
        if let token = query.token { return .answer(self.token(query, token)) }
        if let refusal = repository.refusal(of: query, name, kind, issuer) { return .answer(refusal) }
        return .answer(repository.answer(query, kind))
    }
}
