internal import NIOCore
internal import Streaming

/// Where a session goes on: the URL that Exec, Attach or PortForward answered, as far as a relay before it must know.
struct SessionURL {
    /// The URL as it came. A credential.
    private let text: String
    /// Whether the session is encrypted: its bytes can be counted, not told apart.
    let isSecure: Bool
    /// Who listens there; an IP address without brackets, or `localhost`.
    let host: String
    let port: Int

    /// Reads a URL; `nil` for what is none, and for one whose host is a name, of which nobody can say whether it is
    /// this machine.
    init?(_ text: String) {
        guard let address = try? StreamAddress(text) else { return nil }
        guard !address.quirks.contains(.hostIsName) || address.host == "localhost" else { return nil }
        self.text = text
        isSecure = address.isSecure
        host = address.host
        port = address.port
    }

    /// Where a relay has to listen so that only the port changes: whoever can reach the one can reach the other, and a
    /// certificate's names still hold.
    var listenAddress: SocketAddress? {
        // Dialling "any address" leads to loopback.
        switch host {
        case "localhost", "0.0.0.0": try? SocketAddress(ipAddress: "127.0.0.1", port: 0)
        case "::": try? SocketAddress(ipAddress: "::1", port: 0)
        default: try? SocketAddress(ipAddress: host, port: 0)
        }
    }

    /// The same URL with another port, and every other byte as it was.
    func withPort(_ port: Int) -> String {
        guard let start = text.firstRange(of: "//")?.upperBound else { return text }
        let end = text[start...].firstIndex { "/?#".contains($0) } ?? text.endIndex
        let host = text[start..<end].lastIndex(of: "@") ?? start
        // The colons of an IPv6 address stand before its bracket.
        let last = text[host..<end].lastIndex(of: "]") ?? host
        let colon = text[last..<end].lastIndex(of: ":") ?? end
        return "\(text[..<colon]):\(port)\(text[end...])"
    }
}
