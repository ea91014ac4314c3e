internal import NIOCore

/// The streams of an exec or attach by what they are for, with what takes their bytes.
struct RemoteCommandChannels: Sendable {
    /// What a stream is for; the raw value is its WebSocket channel.
    enum Role: UInt32, Sendable, CaseIterable {
        case stdin = 0
        case stdout = 1
        case stderr = 2
        case error = 3
        case resize = 4

        /// The value of `streamType` in a SPDY stream's headers.
        var streamType: String { "\(self)" }
    }

    let errors: ErrorChannel
    /// The queues of stdout and stderr, as far as they are wanted.
    let queues: [Role: InboundQueue]
    /// The streams as they are numbered on the connection.
    var keys: [Role: StreamKey] = [:]

    init(
        _ streams: RemoteCommandStreams,
        budget: ReceiveBudget,
        limits: StreamingLimits,
        completion: ErrorChannel.Completion
    ) {
        errors = ErrorChannel(limit: limits.errorChannel, completion: completion)
        var queues: [Role: InboundQueue] = [:]
        if streams.stdout { queues[.stdout] = InboundQueue(budget) }
        if streams.stderr { queues[.stderr] = InboundQueue(budget) }
        self.queues = queues
    }

    /// The roles that these streams have in this version, in the order in which client-go opens them.
    static func roles(_ streams: RemoteCommandStreams, _ version: RemoteCommandVersion) -> [Role] {
        var roles = [Role.error]
        if streams.stdin { roles.append(.stdin) }
        if streams.stdout { roles.append(.stdout) }
        if streams.stderr { roles.append(.stderr) }
        if streams.tty, version >= .v3 { roles.append(.resize) }
        return roles
    }

    /// What takes the bytes of a stream.
    func sink(_ role: Role) -> any StreamSink {
        switch role {
        case .error: errors
        case .stdout, .stderr: queues[role] ?? NoSink.shared
        // The server has nothing to say there.
        case .stdin, .resize: NoSink.shared
        }
    }

    func output(_ role: Role, _ connection: StreamConnection) -> StreamOutput? {
        guard let queue = queues[role], let key = keys[role] else { return nil }
        return StreamOutput(connection, key, queue)
    }
}

/// Takes what nobody wants.
final class NoSink: StreamSink {
    static let shared = NoSink()

    func received(_ bytes: ByteBuffer, endsMessage: Bool) {}

    func ended(_ result: Result<StreamEnding, StreamingError>) {}
}
