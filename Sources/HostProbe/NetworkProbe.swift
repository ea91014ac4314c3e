import Foundation

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
    /// Opens a TCP connection and closes it again.
    public static func connect(to address: String, port: UInt16, timeout: Duration) async -> ConnectResult {
        guard let (descriptor, started) = start(address, port) else { return .badAddress }
        defer { close(descriptor) }
        if started == 0 { return .connected }
        guard started == EINPROGRESS else { return outcome(started) }
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        while clock.now < deadline, !Task.isCancelled {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&waiting, 1, 0) > 0 {
                var error: Int32 = 0
                var length = socklen_t(MemoryLayout<Int32>.size)
                getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
                return error == 0 ? .connected : outcome(error)
            }
            try? await Task.sleep(for: .milliseconds(5), clock: clock)
        }
        return .timedOut
    }

    private static func outcome(_ error: Int32) -> ConnectResult {
        switch error {
        case ECONNREFUSED: .refused
        case ETIMEDOUT: .timedOut
        default: .unreachable(error)
        }
    }

    /// Begins to connect; the socket and what `connect` said.
    private static func start(_ address: String, _ port: UInt16) -> (Int32, Int32)? {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        if inet_pton(AF_INET, address, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            let descriptor = socket(AF_INET, kind, 0)
            guard descriptor >= 0 else { return nil }
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafePointer(to: &v4) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Foundation.connect(descriptor, $0, length) }
            }
            return (descriptor, result == 0 ? 0 : errno)
        }
        guard inet_pton(AF_INET6, address, &v6.sin6_addr) == 1 else { return nil }
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        let descriptor = socket(AF_INET6, kind, 0)
        guard descriptor >= 0 else { return nil }
        let length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = withUnsafePointer(to: &v6) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Foundation.connect(descriptor, $0, length) }
        }
        return (descriptor, result == 0 ? 0 : errno)
    }
}
