import Glibc

struct SocketFailure: Error {
    let call: String
    let code = errno
}

/// Calls `body` with a TCP port of loopback that is taken but where nobody listens: connecting to it is refused, and
/// the kernel gives it to nobody else meanwhile. A port of a listener that was closed may be another test's a moment
/// later.
func withRefusingPort(_ body: (Int) async throws -> Void) async throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SocketFailure(call: "socket") }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    try withUnsafeMutableBytes(of: &address) { bytes in
        let place = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
        guard bind(descriptor, place, length) == 0 else { throw SocketFailure(call: "bind") }
        guard getsockname(descriptor, place, &length) == 0 else { throw SocketFailure(call: "getsockname") }
    }
    try await body(Int(UInt16(bigEndian: address.sin_port)))
}
