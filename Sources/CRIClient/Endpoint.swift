internal import NIOCore

/// A CRI socket: `unix:///run/containerd/containerd.sock`.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// The absolute path of the socket.
    public let path: String

    /// The endpoint as a URL.
    public var description: String { "unix://\(path)" }

    /// Reads `unix:///run/x.sock`, or a bare path `/run/x.sock` as kubelet still does. Nothing is dialled.
    ///
    /// - Throws: `EndpointError` saying what is wrong with the text.
    public init(_ text: String) throws(EndpointError) {
        guard !text.isEmpty else { throw EndpointError(.empty, text, "an endpoint is empty") }
        let path = try Self.path(of: text)
        guard path.hasPrefix("/") else {
            throw EndpointError(
                .relative,
                text,
                "the endpoint '\(text)' has no absolute path; write unix:///run/name.sock"
            )
        }
        guard !path.utf8.contains(0), path.utf8.count > 1, !path.hasSuffix("/") else {
            throw EndpointError(.notAPath, text, "the endpoint '\(text)' does not name a socket file")
        }
        do {
            _ = try SocketAddress(unixDomainSocketPath: path)
        } catch {
            // The limit is that of sockaddr_un, less what the socket library keeps for itself.
            throw EndpointError(
                .tooLong,
                text,
                "the socket path of '\(text)' is too long (\(path.utf8.count) bytes; a unix socket takes about 100)"
            )
        }
        self.path = path
    }

    private static func path(of text: String) throws(EndpointError) -> String {
        for prefix in ["unix://", "unix:"] where text.hasPrefix(prefix) { return String(text.dropFirst(prefix.count)) }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return text }
        throw EndpointError(
            .unsupportedScheme,
            text,
            "the endpoint '\(text)' is of kind \(text[..<colon])://; on Linux the CRI is spoken over unix:// only"
        )
    }
}

/// A text that names no CRI socket.
public struct EndpointError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with it.
    public struct Code: Sendable, Hashable {
        private let name: String

        /// No text at all.
        public static let empty = Self(name: "empty")
        /// A scheme other than `unix`, such as `tcp://`.
        public static let unsupportedScheme = Self(name: "unsupportedScheme")
        /// A path that does not begin with a slash.
        public static let relative = Self(name: "relative")
        /// A path longer than a socket address can hold.
        public static let tooLong = Self(name: "tooLong")
        /// A path that ends in a slash or holds a zero byte.
        public static let notAPath = Self(name: "notAPath")
    }

    /// What is wrong with it.
    public let code: Code
    /// The text that was read.
    public let text: String
    /// The same in a sentence.
    public let description: String

    init(_ code: Code, _ text: String, _ description: String) {
        self.code = code
        self.text = text
        self.description = description
    }

    /// Equal by code.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    /// By code.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
