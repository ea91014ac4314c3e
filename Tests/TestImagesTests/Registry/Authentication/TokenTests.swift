import NIOHTTP1
import Testing

@testable import TestImages

@Suite struct TokenTests {
    @Test(arguments: [
        ("a=b", ["b"]), ("a=b&a=c", ["b", "c"]), ("a", [""]), ("a=", [""]), ("a=b=c", ["b=c"]), ("&&a=b&&", ["b"]),
        ("a=b+c%20d", ["b c d"]), ("%61=%C3%A9", ["é"]), ("a=%", ["%"]), ("a=%4", ["%4"]), ("a=%zz%41", ["%zzA"]),
        ("a=%FF", ["\u{fffd}"]), ("", []), ("b=a", []),
    ])
    func `Form fields are read, whatever they are`(text: String, values: [String]) {
        #expect(FormFields(text).all("a") == values)
        #expect(FormFields(text)["a"] == values.first)
    }

    @Test func `No more form fields are read than the bound`() {
        let text = String(repeating: "a=b&", count: 10_000)
        #expect(FormFields(text).all("a").count == FormFields.limit)
    }

    @Test func `A token is known by who made it, and by nobody else`() {
        let issuer = TokenIssuer()
        for names in [[], ["a"], ["a/b", "c-d_e.f"]] {
            let token = issuer.token(for: names)
            #expect(issuer.repositories(of: token) == Set(names))
            #expect(TokenIssuer().repositories(of: token) == nil)
            #expect(issuer.repositories(of: token + "0") == nil)
            #expect(issuer.repositories(of: String(token.dropLast())) == nil)
        }
        let token = issuer.token(for: ["a"])
        for forged in ["", "~", "~~", "crisol~a~", token.replacing("~a~", with: "~b~"), token + "~", "x" + token] {
            #expect(issuer.repositories(of: forged) == nil, "\(forged)")
        }
    }

    @Test(arguments: [
        ("", TokenRequest.Grant.anonymous, []),
        ("service=crisol&scope=repository:a/b:pull", .anonymous, ["a/b"]),
        ("scope=repository:a:pull&scope=repository:b:push,pull", .anonymous, ["a", "b"]),
        ("scope=repository%3Aa%3Apull+repository:b:*", .anonymous, ["a", "b"]),
        ("scope=repository:a:push&scope=registry:catalog:*&scope=repository:A:pull", .anonymous, []),
        ("scope=repository:a:b:pull&scope=::&scope=:", .anonymous, []),
        ("service=other", .mistake("invalid_request"), []),
    ])
    func `A token is asked for with GET`(query: String, grant: TokenRequest.Grant, repositories: [String]) {
        let request = TokenRequest(.GET, FormFields(query), AuthorizationHeader([]))
        #expect(request.grant == grant)
        #expect(request.repositories == repositories)
    }

    @Test(arguments: [
        (["Basic dTpw"], TokenRequest.Grant.password(username: "u", password: "p")), (["Basic Og=="], .anonymous),
        (["Bearer x"], .unreadable), (["Basic *"], .unreadable),
    ])
    func `With GET it is the header that proves who asks`(header: [String], grant: TokenRequest.Grant) {
        let fields = FormFields("grant_type=password&username=x&password=y")
        #expect(TokenRequest(.GET, fields, AuthorizationHeader(header)).grant == grant)
    }

    @Test(arguments: [
        ("grant_type=password&username=u&password=p", TokenRequest.Grant.password(username: "u", password: "p")),
        ("grant_type=refresh_token&refresh_token=t%2B", .refreshToken("t+")),
        ("grant_type=password&username=u", .mistake("invalid_request")),
        ("grant_type=refresh_token", .mistake("invalid_request")), ("", .mistake("invalid_request")),
        ("grant_type=client_credentials", .mistake("unsupported_grant_type")),
    ])
    func `With POST it is the form that proves who asks`(form: String, grant: TokenRequest.Grant) {
        #expect(TokenRequest(.POST, FormFields(form), AuthorizationHeader(["Basic dTpw"])).grant == grant)
    }

    @Test func `No token is for more repositories than the bound`() {
        let scopes = (0..<50).map { "scope=repository:r\($0):pull" }.joined(separator: "&")
        let request = TokenRequest(.GET, FormFields(scopes), AuthorizationHeader([]))
        #expect(request.repositories.count == TokenRequest.repositoryLimit)
    }
}
