import NIOCore

/// Where a registry listens.
public enum RegistryListener: Sendable {
    /// `127.0.0.1:0`; port 0 lets the system choose.
    case address(String)
    /// A TCP socket that is bound already, and the address clients know it by; the registry closes it.
    case socket(descriptor: Int32, address: String)
    /// Another listener with TLS on it. References name the address as they would without.
    indirect case tls(RegistryListener, ServerIdentity)
}

/// A registry that could not begin to listen.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, for a person.
    public let message: String
    /// How messages show it.
    public var description: String { message }
}

/// `HOST:PORT`, the host of an IPv6 address in brackets.
struct ListenAddress {
    /// Without brackets.
    let host: String
    /// As it was given.
    let name: String
    let port: Int

    init(_ text: String) throws(RegistryError) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { throw RegistryError(message: "'\(text)' is no HOST:PORT") }
        name = String(text[..<colon])
        host = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
        self.port = port
    }
}
