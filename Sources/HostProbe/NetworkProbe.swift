import Foundation

/// What came of an attempt to connect.
public struct Contact: Sendable, Hashable {
    /// How the attempt ended.
    public let result: ConnectResult
    /// The first bytes that came from the other end, which was told that none would come from here.
    public let received: [UInt8]
}

/// How an attempt to connect ended.
public enum ConnectResult: Sendable, Hashable, CustomStringConvertible {
    case connected
    case refused
    case timedOut
    /// Another error, by its number.
    case unreachable(Int32)
    /// The text is no address.
    case badAddress

    /// How messages show it.
    public var description: String {
        switch self {
        case .connected: ""
        case .refused: "connection refused"
        case .timedOut: "timed out"
        case .unreachable(let number): String(cString: strerror(number))
        case .badAddress: "not an IP address"
        }
    }
}

/// Whether something answers on the network, seen from the node.
public enum NetworkProbe {
    /// What is kept of what a server says.
    static let receivedLimit = 4096

    /// Opens a TCP connection, says that nothing will be sent, takes what comes until the other end has finished, and
    /// closes it.
    ///
    /// - Parameter timeout: for both together. A server that does not finish is still `connected`.
    public static func connect(to address: String, port: UInt16, timeout: Duration) async -> Contact {
        guard let (descriptor, started) = start(address, port) else {
            return Contact(result: .badAddress, received: [])
        }
        defer { close(descriptor) }
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        if started != 0 {
            guard started == EINPROGRESS else { return Contact(result: outcome(started), received: []) }
            guard await ready(descriptor, POLLOUT, until: deadline) else {
                return Contact(result: .timedOut, received: [])
            }
            var error: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
            guard error == 0 else { return Contact(result: outcome(error), received: []) }
        }
        shutdown(descriptor, Int32(SHUT_WR))
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: receivedLimit)
        while received.count < receivedLimit, await ready(descriptor, POLLIN, until: deadline) {
            let count = read(descriptor, &buffer, receivedLimit - received.count)
            guard count > 0 else { break }
            received += buffer[..<count]
        }
        return Contact(result: .connected, received: received)
    }

    /// Sends a datagram, again every half second, until one comes back: `connected` then means answered.
    ///
    /// - Parameters:
    ///   - source: the port it is sent from; 0 is the kernel's choice.
    ///   - timeout: how long to go on. A node that says that nobody listens ends it at once.
    public static func exchange(
        to address: String,
        port: UInt16,
        from source: UInt16 = 0,
        timeout: Duration
    ) async -> Contact {
        guard let (descriptor, started) = start(address, port, Int32(SOCK_DGRAM.rawValue), from: source) else {
            return Contact(result: .badAddress, received: [])
        }
        defer { close(descriptor) }
        guard started == 0 else { return Contact(result: outcome(started), received: []) }
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        while clock.now < deadline, !Task.isCancelled {
            let question: [UInt8] = [UInt8(ascii: "?")]
            let sent = send(descriptor, question, question.count, 0) < 0 ? errno : 0
            if sent == 0 {
                guard await ready(descriptor, POLLIN, until: min(deadline, clock.now + .milliseconds(500))) else {
                    continue
                }
            }
            return received(descriptor, after: sent)
        }
        return Contact(result: .timedOut, received: [])
    }

    /// What is there to be read. A refusal of a later datagram stands before the answer to an earlier one, once.
    private static func received(_ descriptor: Int32, after error: Int32) -> Contact {
        var buffer = [UInt8](repeating: 0, count: receivedLimit)
        var error = error
        for _ in 0..<2 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count >= 0 { return Contact(result: .connected, received: Array(buffer[..<count])) }
            if errno != EAGAIN { error = errno }
        }
        return Contact(result: outcome(error), received: [])
    }

    /// Waits until the socket can be written to or read from, or has failed; false when the time is over.
    private static func ready(_ descriptor: Int32, _ event: Int32, until deadline: ContinuousClock.Instant) async
        -> Bool
    {
        let clock = ContinuousClock()
        while clock.now < deadline, !Task.isCancelled {
            var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            if poll(&waiting, 1, 0) > 0 { return true }
            try? await Task.sleep(for: .milliseconds(5), clock: clock)
        }
        return false
    }

    private static func outcome(_ error: Int32) -> ConnectResult {
        switch error {
        case ECONNREFUSED: .refused
        case ETIMEDOUT: .timedOut
        default: .unreachable(error)
        }
    }

    /// Begins to connect; the socket and what `connect` said.
    private static func start(
        _ address: String,
        _ port: UInt16,
        _ type: Int32 = Int32(SOCK_STREAM.rawValue),
        from source: UInt16 = 0
    ) -> (Int32, Int32)? {
        var v4 = sockaddr_in()
        if inet_pton(AF_INET, address, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            var own = sockaddr_in()
            own.sin_family = v4.sin_family
            own.sin_port = source.bigEndian
            return start(v4, from: source == 0 ? nil : own, type, AF_INET)
        }
        var v6 = sockaddr_in6()
        guard inet_pton(AF_INET6, address, &v6.sin6_addr) == 1 else { return nil }
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        var own = sockaddr_in6()
        own.sin6_family = v6.sin6_family
        own.sin6_port = source.bigEndian
        return start(v6, from: source == 0 ? nil : own, type, AF_INET6)
    }

    private static func start<Address>(
        _ address: Address,
        from source: Address?,
        _ type: Int32,
        _ family: Int32
    ) -> (Int32, Int32)? {
        let descriptor = socket(family, type | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        func call(_ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ value: Address) -> Int32 {
            withUnsafePointer(to: value) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    function(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0 ? 0 : errno
                }
            }
        }
        if let source {
            let bound = call({ bind($0, $1, $2) }, source)
            guard bound == 0 else { return (descriptor, bound) }
        }
        return (descriptor, call({ Foundation.connect($0, $1, $2) }, address))
    }
}
