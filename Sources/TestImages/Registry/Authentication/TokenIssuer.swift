import Crypto
import FoundationEssentials

/// Makes bearer tokens and knows them again without keeping them: a token holds the names of the repositories it is for,
/// and a code that only this registry can make.
struct TokenIssuer: Sendable {
    /// What is written into the JSON answer: a minute is what clients assume at least (Docker's token authentication
    /// specification), and tokens are in truth good for as long as the registry lives.
    static let lifetime = 300
    private static let name = "crisol"
    /// In no repository name, and allowed in a token (RFC 6750 section 2.1), as `+` is.
    private static let separator: Character = "~"

    private let key = SymmetricKey(size: .bits256)

    /// A token for pulling from these repositories, which may be none.
    func token(for repositories: [String]) -> String {
        let scope = repositories.joined(separator: "+")
        let code = HMAC<SHA256>.authenticationCode(for: Data(scope.utf8), using: key)
        let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return [Self.name, scope, hex].joined(separator: String(Self.separator))
    }

    /// The repositories a token is for; `nil` when it is not from here.
    func repositories(of token: String) -> Set<String>? {
        let parts = token.split(separator: Self.separator, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.name else { return nil }
        let names = parts[1].split(separator: "+").map(String.init)
        return self.token(for: names) == token ? Set(names) : nil
    }
}
