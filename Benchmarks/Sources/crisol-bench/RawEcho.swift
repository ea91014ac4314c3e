import Foundation

/// A plain TCP connection to a server that echoes: what streams are held against.
enum RawEcho {
    /// Sends so many bytes and reads them back.
    ///
    /// - Returns: how long it took.
    /// - Throws: when there is no connection, or less came back.
    static func time(host: String, port: UInt16, bytes: Int, piece: [UInt8]) throws -> Duration {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw BenchError("no socket") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw BenchError("\(host) is no address") }
        let connected = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw BenchError("cannot connect to \(host):\(port)") }
        let clock = ContinuousClock()
        let start = clock.now
        let writer = Thread {
            var left = bytes
            while left > 0 {
                let count = piece.withUnsafeBytes { write(descriptor, $0.baseAddress, min(left, $0.count)) }
                guard count > 0 else { return }
                left -= count
            }
            shutdown(descriptor, Int32(SHUT_WR))
        }
        writer.start()
        var received = 0
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            received += count
        }
        let time = start.duration(to: clock.now)
        guard received == bytes else { throw BenchError("\(received) of \(bytes) bytes came back") }
        return time
    }
}
