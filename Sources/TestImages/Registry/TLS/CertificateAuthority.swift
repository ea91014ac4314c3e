import Crypto
import FoundationEssentials
import Glibc
import SwiftASN1
import X509

/// A private authority of this run, whose certificates nobody trusts who was not given its own.
///
/// Two authorities have different keys and the same name, so a certificate of one is a wrong one to whoever trusts the
/// other, and only its signature shows it.
public struct CertificateAuthority: Sendable {
    /// When a certificate is valid.
    public enum Validity: Sendable, Hashable, CaseIterable {
        /// From an hour ago for thirty days: clocks may differ a little, and no run takes longer.
        case current
        /// From two days ago until an hour ago.
        case expired
        /// From tomorrow.
        case future
    }

    /// The authority's own certificate in PEM, for the trust configuration of a runtime.
    public let certificatePEM: String
    private let key: Certificate.PrivateKey
    private let name: DistinguishedName

    /// Creates an authority with a new P-256 key.
    ///
    /// - Throws: `RegistryError` when the certificate cannot be made.
    public init() throws(RegistryError) {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        self.key = key
        do {
            let name = try DistinguishedName { CommonName("crisol test authority") }
            self.name = name
            let extensions = try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            }
            let certificate = try Self.certificate(
                for: key.publicKey,
                name,
                .current,
                extensions,
                issuer: name,
                issuerKey: key
            )
            certificatePEM = try certificate.serializeAsPEM().pemString
        } catch {
            throw RegistryError(message: "the test authority cannot be made: \(error)")
        }
    }

    /// Issues a certificate for a server, with a new P-256 key.
    ///
    /// - Parameters:
    ///   - hosts: What clients may call the server: names, IPv4 and IPv6 addresses, without brackets or port. Each
    ///     becomes a subject alternative name (RFC 5280 section 4.2.1.6), which is where clients look.
    ///   - validity: When it is valid.
    /// - Throws: `RegistryError` when it cannot be made.
    public func identity(
        for hosts: [String] = ["127.0.0.1", "::1", "localhost"],
        _ validity: Validity = .current
    ) throws(RegistryError) -> ServerIdentity {
        do {
            let serverKey = P256.Signing.PrivateKey()
            let publicKey = Certificate.PublicKey(serverKey.publicKey)
            let extensions = try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(hosts.map(Self.generalName))
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
            }
            let certificate = try Self.certificate(
                for: publicKey,
                try DistinguishedName { CommonName("crisol test registry") },
                validity,
                extensions,
                issuer: name,
                issuerKey: key
            )
            return ServerIdentity(
                certificatePEM: try certificate.serializeAsPEM().pemString,
                privateKeyPEM: serverKey.pemRepresentation
            )
        } catch {
            throw RegistryError(message: "a certificate for \(hosts.joined(separator: ", ")) cannot be made: \(error)")
        }
    }

    private static func certificate(
        for publicKey: Certificate.PublicKey,
        _ subject: DistinguishedName,
        _ validity: Validity,
        _ extensions: Certificate.Extensions,
        issuer: DistinguishedName,
        issuerKey: Certificate.PrivateKey
    ) throws -> Certificate {
        let (begin, end) = validity.hours
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: publicKey,
            notValidBefore: Date(timeIntervalSinceNow: begin * 3600),
            notValidAfter: Date(timeIntervalSinceNow: end * 3600),
            issuer: issuer,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions,
            issuerPrivateKey: issuerKey
        )
    }

    private static func generalName(_ host: String) -> GeneralName {
        func address(_ family: Int32, _ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            return inet_pton(family, host, &bytes) == 1 ? bytes : nil
        }
        if let bytes = address(AF_INET, 4) ?? address(AF_INET6, 16) {
            return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
        }
        return .dnsName(host)
    }
}

extension CertificateAuthority.Validity {
    /// From now.
    fileprivate var hours: (begin: Double, end: Double) {
        switch self {
        case .current: (-1, 30 * 24)
        case .expired: (-48, -1)
        case .future: (24, 30 * 24)
        }
    }
}
