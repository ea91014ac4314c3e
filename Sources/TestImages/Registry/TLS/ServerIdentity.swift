import NIOSSL

/// What a TLS server proves itself with. Its private key is shown to nobody.
public struct ServerIdentity: Sendable, CustomStringConvertible, CustomReflectable {
    /// The certificate in PEM, and after it those of the authorities between it and the one that clients trust.
    public let certificatePEM: String
    let keyPEM: String

    /// Creates an identity from a certificate and its key, both in PEM; `check` and the begin of a listener look at them.
    public init(certificatePEM: String, privateKeyPEM: String) {
        self.certificatePEM = certificatePEM
        keyPEM = privateKeyPEM
    }

    /// Tells nothing.
    public var description: String { "a server's certificate and key" }

    /// Has no children.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Finds out whether a server can be made with it.
    ///
    /// - Throws: `RegistryError` when one of them cannot be read, or they do not belong together.
    public func check() throws(RegistryError) {
        do { _ = try context() } catch { throw RegistryError(message: "\(error)") }
    }

    /// TLS 1.2 or newer, with HTTP/1.1 as the only protocol: clients that would rather speak HTTP/2 are told so.
    func context() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificatePEM.utf8))
        guard !chain.isEmpty else { throw RegistryError(message: "there is no certificate in it") }
        let key = try NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}
