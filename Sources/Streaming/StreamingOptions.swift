/// How a streaming connection is made and kept.
public struct StreamingOptions: Sendable, Hashable {
    /// How long resolving the host and connecting may take.
    public var connectTimeout = Duration.seconds(10)
    /// How long TLS and the answer to the upgrade may take, counted from the connection.
    public var upgradeTimeout = Duration.seconds(30)
    /// How long the server may take to answer a new stream. Kubernetes' servers allow the client 30 s for all.
    public var openTimeout = Duration.seconds(30)
    /// The time between two of our own PINGs; kubectl's. `nil` sends none. The peer's PINGs are answered in any case.
    public var keepAlive: Duration? = .seconds(5)
    /// What is asked of the server's certificate.
    public var certificates = CertificatePolicy.reportOnly
    /// How many received bytes may wait for their consumers, all streams of a connection together.
    ///
    /// Reading from the socket stops at this mark and goes on when half of it has been taken. What is held can exceed
    /// it by one read (64 KiB) and, when the server closes while reading is stopped, by what the kernel then holds:
    /// the socket's buffer is asked to be as large as this value, and Linux makes it twice that.
    /// So memory stays under `3 * receiveBuffer + 64 KiB`.
    public var receiveBuffer = 256 << 10
    /// How many bytes may wait to be sent, all streams of a connection together; writing suspends at this mark.
    ///
    /// It can be exceeded by one piece of ``largestWrite`` bytes.
    public var sendBuffer = 256 << 10
    /// The most that goes into one frame, in bytes: what Go's `io.Copy` uses.
    public var largestWrite = 32 << 10
    /// How much of anything the server may send.
    public var limits = StreamingLimits()

    /// The defaults.
    public init() {}

    /// The same with every size at least one: with none nothing would ever move.
    var usable: Self {
        var options = self
        options.receiveBuffer = max(1, receiveBuffer)
        options.sendBuffer = max(1, sendBuffer)
        options.largestWrite = min(max(1, largestWrite), 8 << 20)
        options.limits = limits.usable
        return options
    }
}

/// What is asked of a server's certificate.
public enum CertificatePolicy: Sendable, Hashable {
    /// Any certificate will do, and the report says what it was: runtimes make their own for streaming.
    case reportOnly
    /// It must be signed by an authority of this machine and be made out to the host.
    case system
    /// It must be signed by one of these authorities, in PEM, and be made out to the host.
    case authorities(pem: String)
}
