internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// A connected channel with its handlers in place.
struct StreamingLink {
    private let channel: any Channel
    private let handler: StreamingHandler
    private let closer: SocketCloser
    private let tls: NIOSSLHandler?
    private let verifiesCertificate: Bool

    /// Puts the handlers into a channel that is connected and does not read yet.
    init(_ channel: any Channel, _ core: ConnectionCore, tls: NIOSSLHandler?, verifiesCertificate: Bool) throws {
        self.channel = channel
        self.tls = tls
        self.verifiesCertificate = verifiesCertificate
        handler = StreamingHandler(core)
        closer = SocketCloser()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(closer)
        if let tls { try pipeline.addHandler(tls) }
        try pipeline.addHandler(handler)
    }

    /// Begins to read.
    func start() throws { try channel.syncOptions?.setOption(.autoRead, value: true) }

    func tlsFacts() -> TLSFacts? { tls.map { TLSFacts($0, isVerified: verifiesCertificate) } }

    func send(_ bytes: ByteBuffer, onSent: @escaping () -> Void) { handler.send(bytes, onSent: onSent) }

    func resumeReading() { handler.resumeReading() }

    /// Closes with TLS's goodbye, if there is TLS.
    func close() { channel.close(promise: nil) }

    /// Closes the socket at once.
    func closeNow() { closer.closeNow() }

    /// Lets the close be a TCP reset instead of a FIN.
    func resetOnClose() {
        (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
    }

    /// An error of the socket or of TLS as one of ours.
    static func error(_ error: any Error, isUpgraded: Bool) -> StreamingError {
        switch error {
        case let error as StreamingError: return error
        case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE:
            return StreamingError(.connectionLost, "the server reset the connection")
        case let error as IOError:
            return StreamingError(
                .connectionLost,
                "the connection broke: \(String(cString: strerror(error.errnoCode)))"
            )
        case NIOSSLError.uncleanShutdown:
            return StreamingError(.connectionLost, "the server cut TLS off")
        default: return StreamingError(isUpgraded ? .connectionLost : .tlsFailed, "TLS failed: \(tlsReason(error))")
        }
    }

    /// The reason in BoringSSL's error, without the source files it names.
    private static func tlsReason(_ error: any Error) -> String {
        let text = String(describing: error)
        guard let start = text.firstRange(of: "OPENSSL_internal:") else {
            return String(text.prefix { $0 != "/" }.prefix(200))
        }
        return String(text[start.upperBound...].prefix { $0 != " " }.prefix(200))
    }
}
