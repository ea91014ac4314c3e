import NIOHTTP1

/// All repositories, and what the registry answers to a request: a value, so that it can be tested without a socket.
struct RegistryStore: Sendable {
    private(set) var repositories: [String: Repository] = [:]

    /// Changes a repository, which begins to exist with that.
    mutating func change(_ name: String, _ body: (inout Repository) -> Void) {
        body(&repositories[name, default: Repository()])
    }

    /// Forgets a repository.
    mutating func remove(_ name: String) { repositories[name] = nil }

    /// The repository a request is counted for, if it names one that exists.
    func repository(of query: RegistryQuery) -> String? {
        query.path.repository.flatMap { repositories[$0] == nil ? nil : $0 }
    }

    /// Decides what becomes of a request.
    mutating func decide(_ query: RegistryQuery) -> RegistryDecision {
        guard query.method == .GET || query.method == .HEAD else {
            var answer = RegistryAnswer.error(.methodNotAllowed, .unsupported, "this registry only serves")
            answer.headers.add(name: "allow", value: "GET, HEAD")
            return .answer(answer)
        }
        if let name = repository(of: query) {
            return repositories[name, default: Repository()].decide(query)
        }
        switch query.path {
        case .base where !query.isRedirected: return .answer(.json(.ok, "{}", .other))
        case .base, .other: return .answer(.error(.notFound, .unsupported, "no such endpoint"))
        case .manifest(let name, _), .blob(let name, _), .tags(let name):
            return .answer(.error(.notFound, .nameUnknown, "repository \(name) is unknown"))
        }
    }
}
