import Testing

@testable import TestImages

@Suite struct AuthorizationHeaderTests {
    @Test(arguments: [
        ([], nil, AuthorizationHeader.Credentials.none),
        (["Basic dTpw"], RegistryRequest.AuthorizationScheme.basic, .password(username: "u", password: "p")),
        (["basic   dTpw"], .basic, .password(username: "u", password: "p")),
        // "u:p:q", ":t", "é:ß"
        (["Basic dTpwOnE="], .basic, .password(username: "u", password: "p:q")),
        (["Basic OnQ="], .basic, .password(username: "", password: "t")),
        (["Basic w6k6w58="], .basic, .password(username: "é", password: "ß")),
        // ":", which some clients send for want of credentials.
        (["Basic Og=="], .basic, .none),
        // No colon, no base64, no UTF-8, nothing at all.
        (["Basic dQ=="], .basic, .unreadable), (["Basic ***"], .basic, .unreadable),
        (["Basic //8="], .basic, .unreadable), (["Basic"], .basic, .unreadable), (["Basic "], .basic, .unreadable),
        (["Bearer t0k~en"], .bearer, .bearer("t0k~en")), (["BEARER t"], .bearer, .bearer("t")),
        (["Bearer"], .bearer, .unreadable),
        (["Digest username=\"u\""], .other, .unreadable), ([""], .other, .unreadable),
        (["Basic dTpw", "Basic dTpw"], .basic, .unreadable),
        (["Bearer " + String(repeating: "x", count: AuthorizationHeader.limit)], .bearer, .tooLong),
        ([String(repeating: "x", count: AuthorizationHeader.limit + 1)], .other, .tooLong),
    ])
    func `A header is read, or known to be none that can be`(
        values: [String],
        scheme: RegistryRequest.AuthorizationScheme?,
        credentials: AuthorizationHeader.Credentials
    ) {
        let header = AuthorizationHeader(values)
        #expect(header.scheme == scheme)
        #expect(header.credentials == credentials)
    }
}
