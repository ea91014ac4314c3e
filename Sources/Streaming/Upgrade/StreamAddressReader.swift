internal import NIOCore

/// Takes a URL apart, front to back (RFC 3986), as leniently as a client must and no more.
struct StreamAddressReader {
    private static let lengthLimit = 8_192

    private var rest: Substring
    private(set) var quirks: Set<StreamAddress.Quirk> = []

    init(_ url: String) throws(StreamingError) {
        guard !url.isEmpty else { throw Self.error("the runtime answered an empty URL") }
        guard url.utf8.count <= Self.lengthLimit else {
            throw Self.error("the URL is longer than \(Self.lengthLimit) bytes")
        }
        // Nothing that could end a line of the request, or begin another one.
        guard url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Self.error("the URL holds a space, a control character or a letter that is not ASCII")
        }
        rest = url[...]
    }

    /// Whether the scheme is a secure one.
    mutating func scheme() throws(StreamingError) -> Bool {
        if rest.hasPrefix("//") {
            quirks.insert(.missingScheme)
            return false
        }
        guard let end = rest.firstRange(of: "://") else {
            throw Self.error("the URL has neither a scheme nor a host")
        }
        let scheme = rest[..<end.lowerBound].lowercased()
        rest = rest[end.lowerBound...].dropFirst()
        switch scheme {
        case "http", "ws": return false
        case "https", "wss": return true
        default:
            // What stands before a colon may be anything, the token included.
            throw Self.error("the URL's scheme is none of http, https, ws and wss")
        }
    }

    mutating func authority() throws(StreamingError) -> (host: String, port: Int?) {
        rest = rest.dropFirst(2)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        var text = rest[..<end]
        rest = rest[end...]
        if let at = text.lastIndex(of: "@") {
            quirks.insert(.userInfo)
            text = text[at...].dropFirst()
        }
        let (host, portText) = try split(text)
        guard !host.isEmpty else { throw Self.error("the URL names no host") }
        note(host)
        guard let portText, !portText.isEmpty else {
            quirks.insert(.missingPort)
            return (host, nil)
        }
        guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(portText),
            (1...65_535).contains(port)
        else { throw Self.error("the URL's port is no number from 1 to 65535") }
        return (host, port)
    }

    /// Path and query.
    mutating func target() -> String {
        if let hash = rest.firstIndex(of: "#") {
            quirks.insert(.fragment)
            rest = rest[..<hash]
        }
        return rest.hasPrefix("/") ? String(rest) : "/" + rest
    }

    private func split(_ text: Substring) throws(StreamingError) -> (host: String, port: Substring?) {
        guard text.hasPrefix("[") else {
            guard let colon = text.firstIndex(of: ":") else { return (String(text), nil) }
            let port = text[colon...].dropFirst()
            guard !port.contains(":") else { throw Self.error("the URL's IPv6 address is not in brackets") }
            return (String(text[..<colon]), port)
        }
        guard let bracket = text.firstIndex(of: "]") else { throw Self.error("the URL's IPv6 address has no end") }
        // A zone is written %25eth0 in a URL and %eth0 everywhere else (RFC 6874).
        let host = text[..<bracket].dropFirst().replacing("%25", with: "%")
        let after = text[bracket...].dropFirst()
        guard after.isEmpty || after.hasPrefix(":") else {
            throw Self.error("the URL's host is followed by something odd")
        }
        return (String(host), after.isEmpty ? nil : after.dropFirst())
    }

    private mutating func note(_ host: String) {
        guard let address = try? SocketAddress(ipAddress: host, port: 0) else {
            quirks.insert(.hostIsName)
            return
        }
        if ["0.0.0.0", "::"].contains(address.ipAddress) { quirks.insert(.unspecifiedHost) }
    }

    private static func error(_ message: String) -> StreamingError { StreamingError(.badAddress, message) }
}
