/// What a request of the OCI distribution protocol is about, read from its path.
///
/// Repository names hold slashes, so the path is taken apart from its end.
enum RegistryPath: Equatable {
    /// `/v2/`: is this a registry?
    case base
    case manifest(repository: String, reference: String)
    case blob(repository: String, digest: String)
    case tags(repository: String)
    /// A bearer token.
    case token
    /// Something this registry does not have, uploads among it.
    case other

    /// The repository it is about.
    var repository: String? {
        switch self {
        case .manifest(let repository, _), .blob(let repository, _), .tags(let repository): repository
        case .base, .token, .other: nil
        }
    }

    /// Paths longer than this are no requests of a runtime.
    static let limit = 2048

    init(_ target: String) {
        let path = target.prefix { $0 != "?" && $0 != "#" }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if target.utf8.count <= Self.limit, path == TokenRequest.path {
            self = .token
            return
        }
        guard target.utf8.count <= Self.limit, parts.count >= 2, parts[0].isEmpty, parts[1] == "v2" else {
            self = .other
            return
        }
        let rest = Array(parts.dropFirst(2))
        if rest.isEmpty || rest == [""] {
            self = .base
            return
        }
        guard rest.count >= 3, !rest.contains("") else {
            self = .other
            return
        }
        let name = rest.dropLast(2).joined(separator: "/")
        let last = rest[rest.count - 1]
        switch rest[rest.count - 2] {
        case _ where !Self.isName(name): self = .other
        case "manifests": self = .manifest(repository: name, reference: last)
        case "blobs" where last != "uploads": self = .blob(repository: name, digest: last)
        case "tags" where last == "list": self = .tags(repository: name)
        default: self = .other
        }
    }

    /// The specification's grammar of names, loosely: lower-case letters, digits and separators.
    static func isName(_ name: some StringProtocol) -> Bool {
        name.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || "-_./".utf8.contains(byte)
        }
    }
}
