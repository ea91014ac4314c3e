internal import Glibc
internal import NIOCore
internal import Synchronization

/// A socket that listens on a port of the system's choice before anybody serves it. Closed with its last reference,
/// unless it was taken.
final class BoundSocket: Sendable {
    private let descriptor: Int32
    private let isTaken = Atomic(false)
    let port: Int

    /// Binds at once.
    ///
    /// - Returns: `nil` when that cannot be done.
    init?(_ address: SocketAddress) {
        let family = address.protocol == .inet6 ? AF_INET6 : AF_INET
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { return nil }
        let isBound = address.withSockAddr { pointer, size in
            bind(descriptor, pointer, socklen_t(size)) == 0 && listen(descriptor, 16) == 0
        }
        guard isBound, let port = Self.port(of: descriptor) else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.port = port
    }

    deinit {
        if !isTaken.load(ordering: .acquiring) { close(descriptor) }
    }

    /// The descriptor, for whoever closes it from now on; once.
    func take() -> Int32? {
        isTaken.exchange(true, ordering: .acquiringAndReleasing) ? nil : descriptor
    }

    private static func port(of descriptor: Int32) -> Int? {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) == 0 }
        }
        guard isKnown else { return nil }
        // The port stands at the same place in the addresses of both families (RFC 3493).
        return withUnsafeBytes(of: &address) { bytes in
            Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }
}
