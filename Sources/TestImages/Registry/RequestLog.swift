/// What a repository was asked, oldest first.
struct RequestLog: Sendable {
    /// Requests kept; later ones are answered but not noted.
    static let limit = 10_000

    private(set) var entries: [RegistryRequest] = []

    /// Notes a request; where it stands, if it was noted.
    mutating func note(_ request: RegistryRequest) -> Int? {
        guard entries.count < Self.limit else { return nil }
        entries.append(request)
        return entries.count - 1
    }

    /// Changes what is noted of a request.
    mutating func change(_ position: Int?, _ body: (inout RegistryRequest) -> Void) {
        guard let position, entries.indices.contains(position) else { return }
        body(&entries[position])
    }
}
