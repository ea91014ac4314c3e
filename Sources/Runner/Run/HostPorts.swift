import Foundation
import Synchronization

/// Ports of this node for `port` fixtures: free when they are handed out, and each handed out once in a run.
final class HostPorts: Sendable {
    private let taken = Mutex<Set<UInt16>>([])

    /// A port on which nothing listens, for TCP and UDP; `nil` when none is found.
    func next() -> UInt16? {
        for _ in 0..<200 {
            guard let port = Self.free(SOCK_STREAM, 0), Self.free(SOCK_DGRAM, port) == port else { continue }
            let isNew = taken.withLock { $0.insert(port).inserted }
            if isNew { return port }
        }
        return nil
    }

    /// The port a socket on all addresses gets when it asks for this one; 0 asks for any.
    private static func free(_ kind: __socket_type, _ port: UInt16) -> UInt16? {
        let descriptor = socket(AF_INET, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(descriptor, pointer, size) == 0, getsockname(descriptor, pointer, &size) == 0 else {
                    return nil
                }
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt16(bigEndian: $0.pointee.sin_port)
                }
            }
        }
    }
}
