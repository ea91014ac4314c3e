import NIOSSL

/// What a TLS server proves itself with. Its private key is shown to nobody.
public struct ServerIdentity: Sendable, CustomStringConvertible, CustomReflectable {
    /// The certificate in PEM.
    public let certificatePEM: String
    private let privateKeyPEM: String

    /// Creates an identity from a certificate and its key, both in PEM; they are looked at when a listener begins.
    public init(certificatePEM: String, privateKeyPEM: String) {
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
    }

    /// Tells nothing.
    public var description: String { "a server's certificate and key" }

    /// Has no children.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// TLS 1.2 or newer, with HTTP/1.1 as the only protocol: clients that would rather speak HTTP/2 are told so.
    func context() throws -> NIOSSLContext {
        let certificate = try NIOSSLCertificate(bytes: Array(certificatePEM.utf8), format: .pem)
        let key = try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(certificate)],
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}
