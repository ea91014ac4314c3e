/// How clients reach a repository, and whether a runtime that trusts the run's own authority should take its word.
public enum SecureTransport: String, Sendable, Hashable, CaseIterable {
    /// Plain HTTP.
    case http
    /// A certificate of the authority the runtime was told to trust.
    case https
    /// A certificate of another authority.
    case untrusted = "https-untrusted"
    /// A certificate of the trusted authority that is over.
    case expired = "https-expired"
}

/// Listeners with TLS for each transport, and the authority a runtime has to trust.
public struct SecureListeners: Sendable {
    /// What a runtime is told to trust, in PEM.
    public let authorityPEM: String
    /// In the order of `transports`.
    public let listeners: [RegistryListener]
    /// What each listener proves itself with.
    public let transports: [SecureTransport] = [.https, .untrusted, .expired]

    /// Makes two authorities and the certificates; nothing listens yet.
    ///
    /// - Parameter host: the address they listen on, without a port.
    /// - Throws: `RegistryError` when a certificate cannot be made.
    public init(host: String) throws(RegistryError) {
        let (trusted, other) = (try CertificateAuthority(), try CertificateAuthority())
        authorityPEM = trusted.certificatePEM
        let hosts = [host, "localhost"]
        let identities = [
            try trusted.identity(for: hosts),
            try other.identity(for: hosts),
            try trusted.identity(for: hosts, .expired),
        ]
        listeners = identities.map { .tls(.address("\(host):0"), $0) }
    }
}
