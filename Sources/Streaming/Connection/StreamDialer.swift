internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Connects to a streaming server and puts TLS in front where the URL asks for it.
struct StreamDialer: Sendable {
    let address: StreamAddress
    let options: StreamingOptions
    let eventLoop: any EventLoop
    private let tls: NIOSSLContext?

    init(_ address: StreamAddress, options: StreamingOptions, on eventLoop: any EventLoop) throws(StreamingError) {
        self.address = address
        self.options = options
        self.eventLoop = eventLoop
        tls = address.isSecure ? try Self.context(options.certificates) : nil
    }

    private var verifiesCertificate: Bool { options.certificates != .reportOnly }

    /// Connects and hands the connection to the core, on the event loop.
    func dial(_ core: ConnectionCore, request: ByteBuffer) {
        ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(options.connectTimeout))
            // Bytes wait until there is somebody to take them.
            .channelOption(.autoRead, value: false)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.socketOption(.so_rcvbuf), value: .init(clamping: options.receiveBuffer))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port)
            .assumeIsolated()
            .whenComplete { result in
                do {
                    let channel = try result.get()
                    do {
                        let link = try link(channel, core)
                        core.connected(link, request: request, timeout: options.upgradeTimeout)
                        try link.start()
                    } catch {
                        channel.close(promise: nil)
                        throw error
                    }
                } catch {
                    core.end(dialError(error))
                }
            }
    }

    private func link(_ channel: any Channel, _ core: ConnectionCore) throws -> StreamingLink {
        var handler: NIOSSLClientHandler?
        if let tls {
            // An address is never a server name; a certificate for one is checked without it.
            let name = address.quirks.contains(.hostIsName) ? address.host : nil
            handler = try NIOSSLClientHandler(context: tls, serverHostname: name)
        }
        return try StreamingLink(channel, core, tls: handler, verifiesCertificate: verifiesCertificate)
    }

    private static func context(_ policy: CertificatePolicy) throws(StreamingError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .seconds(1)
        do {
            switch policy {
            case .reportOnly: configuration.certificateVerification = .none
            case .system: break
            case .authorities(let pem):
                let certificates = try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))
                configuration.trustRoots = .certificates(certificates)
            }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw StreamingError(.tlsFailed, "TLS cannot be set up: \(String("\(error)".prefix(300)))")
        }
    }

    private func dialError(_ error: any Error) -> StreamingError {
        let place = "\(address.authority)"
        switch error {
        case let error as StreamingError: return error
        case let error as NIOConnectionError:
            if error.connectionErrors.isEmpty {
                return StreamingError(.cannotConnect, "the host of \(place) cannot be resolved")
            }
            let reasons = error.connectionErrors.map { Self.reason($0.error) }
            return StreamingError(.cannotConnect, "cannot connect to \(place): \(reasons.joined(separator: ", "))")
        case ChannelError.connectTimeout:
            let waited = DurationText.render(options.connectTimeout)
            return StreamingError(.timedOut, "cannot connect to \(place): no connection within \(waited)")
        default: return StreamingError(.cannotConnect, "cannot connect to \(place): \(Self.reason(error))")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError where error.errnoCode == ECONNREFUSED: "connection refused"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "no connection in time"
        default: String(String(describing: error).prefix(200))
        }
    }
}
