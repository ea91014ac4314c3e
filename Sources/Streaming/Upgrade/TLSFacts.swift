internal import NIOSSL

/// What TLS showed of a streaming server.
public struct TLSFacts: Sendable, Hashable {
    /// `TLSv1.3`.
    public let version: String
    /// Whether the certificate was verified, by ``StreamingOptions/certificates``.
    public let isVerified: Bool
    /// The names and addresses that the certificate is made out to.
    public let names: [String]
    /// When the certificate begins and ends to be valid, in seconds since 1970.
    public let validity: ClosedRange<Int>?

    init(_ handler: NIOSSLHandler, isVerified: Bool) {
        version =
            switch handler.tlsVersion {
            case .tlsv1: "TLSv1.0"
            case .tlsv11: "TLSv1.1"
            case .tlsv12: "TLSv1.2"
            case .tlsv13: "TLSv1.3"
            case nil: "unknown"
            }
        self.isVerified = isVerified
        guard let certificate = handler.peerCertificate else {
            names = []
            validity = nil
            return
        }
        names = certificate._subjectAlternativeNames().prefix(32).map { name in
            let bytes = Array(name.contents.prefix(256))
            switch name.nameType {
            case .ipAddress: return Self.address(bytes)
            default: return String(decoding: bytes, as: UTF8.self)
            }
        }
        let (from, until) = (Int(certificate.notValidBefore), Int(certificate.notValidAfter))
        validity = from <= until ? from...until : nil
    }

    private static func address(_ bytes: [UInt8]) -> String {
        switch bytes.count {
        case 4: bytes.map { "\($0)" }.joined(separator: ".")
        default:
            stride(from: 0, to: bytes.count - 1, by: 2)
                .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
        }
    }
}
