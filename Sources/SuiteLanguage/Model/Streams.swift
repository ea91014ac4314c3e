/// What is done with the stream behind the URL that Exec, Attach or PortForward answered.
public struct StreamPlan: Sendable {
    /// How the stream is spoken.
    public enum Transport: String, Sendable, CaseIterable {
        case spdy
        case websocketV4 = "websocket-v4"
        case websocketV5 = "websocket-v5"
        /// The old binary protocol of port-forward.
        case websocket
    }

    /// How the stream is spoken.
    public let transport: Transport
    /// What is done, in order; then its end is waited for.
    public let actions: [StreamAction]

    /// Creates a plan.
    public init(transport: Transport, actions: [StreamAction]) {
        self.transport = transport
        self.actions = actions
    }

    /// The connections that are opened, by name, and how many of each.
    public var connections: [String: Int] {
        var result: [String: Int] = [:]
        for action in actions {
            if case .connect(let name, _, let times) = action.kind { result[name] = times }
        }
        return result
    }
}

/// One thing that is done with a stream.
public struct StreamAction: Sendable {
    /// What is done.
    public enum Kind: Sendable {
        /// Sends bytes: to stdin, or to a connection.
        case send(Template, to: String?)
        /// Ends the sending half: stdin, or a connection.
        case close(String)
        /// Tells the terminal its size.
        case resize(width: UInt16, height: UInt16)
        /// Waits until what was received holds.
        case waitFor(source: String, Matcher)
        /// Waits until what the runtime says went wrong with a connection holds.
        case waitForError(of: String, Matcher)
        /// Opens connections to a port.
        case connect(name: String, port: Template, times: Int)
        /// Stops reading for so long.
        case pause(source: String, Duration)
        /// Drops the connection without a word.
        case drop
    }

    /// What is done.
    public let kind: Kind
    /// Where it stands.
    public let position: SourcePosition

    /// In a few words, for messages.
    public var summary: String {
        switch kind {
        case .send(_, let name): "send to \(name ?? "stdin")"
        case .close(let name): "close \(name)"
        case .resize(let width, let height): "resize to \(width)x\(height)"
        case .waitFor(let source, _): "wait for \(source)"
        case .waitForError(let name, _): "wait for \(name).error"
        case .connect(let name, _, _): "connect \(name)"
        case .pause(let source, _): "pause \(source)"
        case .drop: "drop the connection"
        }
    }
}
