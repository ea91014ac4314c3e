import NIOHTTP1

/// A `WWW-Authenticate` header (RFC 9110 section 11.6.1): how a client has to prove itself.
struct Challenge: Sendable, Equatable {
    /// Why a token was not enough (RFC 6750 section 3.1).
    enum Error: String {
        case invalidToken = "invalid_token"
        case insufficientScope = "insufficient_scope"
    }

    let text: String

    /// RFC 7617.
    static let basic = Challenge(text: "Basic realm=\"\(TokenRequest.service)\"")

    /// Docker's token authentication specification, "how to authenticate".
    ///
    /// - Parameters:
    ///   - origin: The registry as its client named it, `http://127.0.0.1:5000`.
    ///   - repository: What the token has to be for; `nil`: nothing in particular.
    ///   - error: Why the token that came was not enough.
    static func bearer(origin: String, repository: String?, _ error: Error?) -> Challenge {
        var parameters = ["realm=\"\(origin)\(TokenRequest.path)\"", "service=\"\(TokenRequest.service)\""]
        if let repository { parameters.append("scope=\"repository:\(repository):pull\"") }
        if let error { parameters.append("error=\"\(error.rawValue)\"") }
        return Challenge(text: "Bearer " + parameters.joined(separator: ","))
    }
}

extension RegistryAnswer {
    /// Without credentials, or with wrong ones.
    static func unauthorized(_ challenges: [Challenge], _ kind: RegistryRequest.Kind) -> RegistryAnswer {
        var answer = error(.unauthorized, .unauthorized, "authentication required", kind)
        for challenge in challenges { answer.headers.add(name: "www-authenticate", value: challenge.text) }
        return answer
    }

    /// Credentials beyond the bound.
    static func headerTooLong(_ kind: RegistryRequest.Kind) -> RegistryAnswer {
        error(.requestHeaderFieldsTooLarge, .unauthorized, "the authorization header is too long", kind)
    }
}
