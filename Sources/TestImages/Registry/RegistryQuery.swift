import NIOCore
import NIOHTTP1

/// A request, as far as answering it needs to know.
struct RegistryQuery: Sendable {
    /// Where redirected content is served; a path of `/v2/` follows.
    static let redirectPrefix = "/crisol-redirect"
    /// The most bytes of a range header that are read and kept.
    private static let rangeLimit = 128

    let method: HTTPMethod
    /// What the path names, below `redirectPrefix` too.
    let path: RegistryPath
    /// Whether the path is below `redirectPrefix`.
    let isRedirected: Bool
    /// The path as it was sent, without its query.
    let sentPath: String
    let range: String?

    init(_ head: HTTPRequestHead) {
        method = head.method
        sentPath = String(head.uri.prefix { $0 != "?" && $0 != "#" })
        isRedirected = sentPath.hasPrefix(Self.redirectPrefix + "/")
        path = RegistryPath(isRedirected ? String(head.uri.dropFirst(Self.redirectPrefix.count)) : head.uri)
        range = head.headers.first(name: "range").map { String($0.prefix(Self.rangeLimit)) }
    }

    /// Where the same content is served without further ado.
    var redirectedPath: String { isRedirected ? sentPath : Self.redirectPrefix + sentPath }
}
