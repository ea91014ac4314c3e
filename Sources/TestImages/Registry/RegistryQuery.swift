import NIOCore
import NIOHTTP1

/// A request, as far as answering it needs to know.
struct RegistryQuery: Sendable {
    /// Where redirected content is served; a path of `/v2/` follows.
    static let redirectPrefix = "/crisol-redirect"
    /// The most bytes of a range header that are read and kept.
    private static let rangeLimit = 128
    /// The most bytes of a body that are read: token requests have a few hundred.
    static let bodyLimit = 16 << 10

    let method: HTTPMethod
    /// What the path names, below `redirectPrefix` too.
    let path: RegistryPath
    /// Whether the path is below `redirectPrefix`.
    let isRedirected: Bool
    /// The path as it was sent, without its query.
    let sentPath: String
    let range: String?
    let authorization: AuthorizationHeader
    /// What is asked of the token endpoint.
    let token: TokenRequest?
    /// Whether the body is longer than what is read of it.
    let isTooLarge: Bool
    /// The registry as its client names it, `http://127.0.0.1:5000`.
    let origin: String

    /// - Parameters:
    ///   - head: The head of the request.
    ///   - body: Its body.
    ///   - isSecure: Whether it came over TLS.
    ///   - address: What the registry is called when the request does not say.
    init(_ head: HTTPRequestHead, body: ByteBuffer = ByteBuffer(), isSecure: Bool = false, address: String = "") {
        method = head.method
        sentPath = String(head.uri.prefix { $0 != "?" && $0 != "#" })
        isRedirected = sentPath.hasPrefix(Self.redirectPrefix + "/")
        path = RegistryPath(isRedirected ? String(head.uri.dropFirst(Self.redirectPrefix.count)) : head.uri)
        authorization = AuthorizationHeader(head.headers["authorization"])
        isTooLarge = body.readableBytes > Self.bodyLimit
        // Without its own fields a form has none at all, rather than some that were cut off.
        let form =
            head.method == .POST
            ? (isTooLarge ? "" : String(buffer: body)) : String(head.uri.dropFirst(sentPath.count + 1))
        token = path == .token ? TokenRequest(head.method, FormFields(form), authorization) : nil
        let host = head.headers.first(name: "host").flatMap { Self.isHost($0) ? $0 : nil }
        origin = "\(isSecure ? "https" : "http")://\(host ?? address)"
        range = head.headers.first(name: "range").map { String($0.prefix(Self.rangeLimit)) }
    }

    /// A name or address with or without a port, and nothing that means something inside a header.
    private static func isHost(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || "-._:[]".utf8.contains(byte)
            }
    }

    /// Where the same content is served without further ado.
    var redirectedPath: String { isRedirected ? sentPath : Self.redirectPrefix + sentPath }
}
