import Foundation

/// The least a unary call can cost: prepared HTTP/2 frames written to a socket, and bytes read until the stream ends.
///
/// It understands nothing but the headers of frames, and answers what a Go server needs to be answered: SETTINGS, PING.
final class DirectProbe {
    private let descriptor: Int32
    private var stream: UInt32 = 1
    private let headers: [UInt8]
    private var buffer: [UInt8] = []

    init(socketPath: String, path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(socketPath.utf8).prefix(107)) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, connected == 0 else { throw BenchError("cannot connect to \(socketPath)") }
        // Literals without indexing (RFC 7541 section 6.2.2), so that every call sends the same block.
        var block: [UInt8] = [0x83, 0x86]
        for (name, value) in [
            (":path", path), (":authority", "localhost"), ("content-type", "application/grpc"), ("te", "trailers"),
        ] {
            block += [0x00, UInt8(name.utf8.count)] + Array(name.utf8)
            block += [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        headers = block
        try send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Self.frame(4, 0, 0, []))
    }

    deinit { close(descriptor) }

    /// One call with an empty request; returns when its trailers came.
    func call() throws {
        try send(
            Self.frame(1, 0x4, stream, headers) + Self.frame(0, 0x1, stream, [0, 0, 0, 0, 0])
        )
        while true {
            let (type, flags, id, payload) = try next()
            if type == 4, flags & 1 == 0 { try send(Self.frame(4, 1, 0, [])) }
            if type == 6, flags & 1 == 0 { try send(Self.frame(6, 1, 0, payload)) }
            if id == stream, flags & 1 != 0, type <= 1 { break }
        }
        // What is received must be given back, or the connection's window runs out.
        try send(Self.frame(8, 0, 0, [0, 0, 1, 0]))
        stream += 2
    }

    private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
            + (0..<4).map { UInt8(stream >> (24 - 8 * UInt32($0)) & 255) } + payload
    }

    private func send(_ bytes: [UInt8]) throws {
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw BenchError("the probe cannot write") }
    }

    private func next() throws -> (type: UInt8, flags: UInt8, stream: UInt32, payload: [UInt8]) {
        while true {
            if buffer.count >= 9 {
                let length = Int(buffer[0]) << 16 | Int(buffer[1]) << 8 | Int(buffer[2])
                if buffer.count >= 9 + length {
                    let id = buffer[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
                    let result = (buffer[3], buffer[4], id, Array(buffer[9..<(9 + length)]))
                    buffer.removeFirst(9 + length)
                    return result
                }
            }
            var chunk = [UInt8](repeating: 0, count: 16 << 10)
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { throw BenchError("the runtime closed the probe's connection") }
            buffer += chunk[..<count]
        }
    }
}
