import NIOSSL

@testable import Streaming

/// A certificate that signs itself, for localhost and 127.0.0.1, from 2020 to 2120. Its key is for nothing but tests.
enum TestCertificate {
    static let pem = """
        -----BEGIN CERTIFICATE-----
        MIIBazCCARGgAwIBAgIBATAKBggqhkjOPQQDAjAWMRQwEgYDVQQDDAtjcmlzb2wg
        dGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFjEUMBIGA1UE
        AwwLY3Jpc29sIHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASqrPLVDJBA
        4sVg8pLeW6CZpA68nq7QYSxY3PZXaeVuAUshGHRKFmsu/zqLK5afbzpXa3vFz6Rx
        XIz4J3IUw6ECo04wTDAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2Fs
        aG9zdIcEfwAAATAdBgNVHQ4EFgQUnpFYUQg6hhNC6gHKRDpHNQh83AIwCgYIKoZI
        zj0EAwIDSAAwRQIgIiKAFzD2ZUVFnqYfb+BKdgyXWRidlMX7RGjo6Dw5iCUCIQCU
        IW8IIJrVCfTdbPgio/3bK1pxAnmPjU3wWD9Aq6RLcA==
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgf/mqUcFdsvUqDZOU
        YmlO4khKu27skuWLdl15/NPDmwGhRANCAASqrPLVDJBA4sVg8pLeW6CZpA68nq7Q
        YSxY3PZXaeVuAUshGHRKFmsu/zqLK5afbzpXa3vFz6RxXIz4J3IUw6EC
        -----END PRIVATE KEY-----
        """

    /// What a server with this certificate needs.
    static func serverContext() throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)).map(NIOSSLCertificateSource.certificate)
        let privateKey = try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: certificates, privateKey: .privateKey(privateKey))
        )
    }
}
