/// Where a runtime's streaming server is: the URL that Exec, Attach or PortForward answered.
///
/// The last part of the path is a token that lets its bearer in, once. No description of this value shows it.
public struct StreamAddress: Sendable, Hashable {
    /// Something about the URL that a client must cope with. None is an error.
    public enum Quirk: Sendable, Hashable, CaseIterable {
        /// No scheme: cri-dockerd's `//127.0.0.1:port/cri/exec/token`. Read as `http`; kubelet 1.36 reads it as `https`
        /// and fails (Mirantis/cri-dockerd#569).
        case missingScheme
        /// No port: the scheme's own is used.
        case missingPort
        /// The host is 0.0.0.0 or [::], which only the server's own node can dial.
        case unspecifiedHost
        /// The host is a name; kubelet's node must be able to resolve it.
        case hostIsName
        /// A user name stands before the host. It is not sent.
        case userInfo
        /// A fragment follows. It is not sent.
        case fragment
    }

    /// Whether it is reached over TLS.
    public let isSecure: Bool
    /// The address or name, without brackets.
    public let host: String
    /// The TCP port.
    public let port: Int
    /// What is odd about the URL.
    public let quirks: Set<Quirk>
    /// Path and query, as they go into the request. A credential.
    let requestTarget: String
    /// The last part of the path.
    let token: String

    /// What `Host` says in the request.
    var authority: String {
        let host = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return quirks.contains(.missingPort) ? host : "\(host):\(port)"
    }

    /// Reads a URL. Nothing is resolved or dialled.
    ///
    /// - Throws: ``StreamingError/Code/badAddress``; the message does not repeat the URL.
    public init(_ url: String) throws(StreamingError) {
        var reader = try StreamAddressReader(url)
        isSecure = try reader.scheme()
        let authority = try reader.authority()
        host = authority.host
        port = authority.port ?? (isSecure ? 443 : 80)
        requestTarget = reader.target()
        let path = requestTarget.prefix { $0 != "?" }
        token = String(path.split(separator: "/", omittingEmptySubsequences: false).last ?? "")
        quirks = reader.quirks
    }

    /// A text of the server's with every occurrence of the token made unreadable.
    func redact(_ text: String) -> String {
        // A token of a letter or two would make a riddle of the text and protects nothing.
        token.utf8.count < 4
            ? text : text.split(separator: token, omittingEmptySubsequences: false).joined(separator: "<token>")
    }
}

extension StreamAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL with its token and query left out: `http://127.0.0.1:38211/exec/<token>`.
    public var description: String {
        let path = requestTarget.prefix { $0 != "?" }
        let folder = path.dropLast(token.count)
        return "\(isSecure ? "https" : "http")://\(authority)\(folder)\(token.isEmpty ? "" : "<token>")"
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Nothing but the description, so that no dump shows the token.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
