import Foundation

/// A blocking unix socket that carries HTTP/2 frames, read and written in batches: both ends of the measurements are
/// made of it, so that they cost as little as can be and always the same.
final class FrameSocket {
    struct Frame {
        let type: UInt8
        let flags: UInt8
        let stream: UInt32
        /// Where the payload stands in the socket's buffer, until the next frame is read.
        let payload: Range<Int>
    }

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private let descriptor: Int32
    private(set) var buffer: [UInt8]
    private var head = 0
    private var tail = 0
    private var out: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
        // A peer that is gone is an error of write, and no signal.
        signal(SIGPIPE, SIG_IGN)
        buffer = [UInt8](repeating: 0, count: 1 << 18)
        out.reserveCapacity(1 << 18)
    }

    /// Connects to a socket.
    convenience init(connectingTo path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0, Self.withAddress(path, { connect(descriptor, $0, $1) }) == 0 else {
            throw BenchError("cannot connect to \(path): \(String(cString: strerror(errno)))")
        }
        self.init(descriptor: descriptor)
    }

    deinit { close(descriptor) }

    static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix(107)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Whether a whole frame is there without reading.
    var hasFrame: Bool { tail - head >= 9 && tail - head >= 9 + length }

    private var length: Int { Int(buffer[head]) << 16 | Int(buffer[head + 1]) << 8 | Int(buffer[head + 2]) }

    /// The next frame; what is to be sent is sent before waiting for it. `nil` when the peer has closed.
    func next() throws -> Frame? {
        while !hasFrame {
            try flush()
            guard try fill() else { return nil }
        }
        let start = head + 9
        let stream = buffer[(head + 5)..<start].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let frame = Frame(
            type: buffer[head + 3],
            flags: buffer[head + 4],
            stream: stream,
            payload: start..<(start + length)
        )
        head = frame.payload.upperBound
        return frame
    }

    /// Reads the preface. `false` when the peer closes first.
    func readPreface() throws -> Bool {
        while tail - head < 24 { guard try fill() else { return false } }
        guard buffer[head..<(head + 24)].elementsEqual(Self.preface) else { throw BenchError("no HTTP/2 preface") }
        head += 24
        return true
    }

    private func fill() throws -> Bool {
        if head == tail {
            (head, tail) = (0, 0)
        } else if buffer.count - tail < 1 << 16 {
            buffer.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                memmove(base, base + head, tail - head)
            }
            (head, tail) = (0, tail - head)
        }
        while true {
            let count = buffer.withUnsafeMutableBytes { bytes in
                bytes.baseAddress.map { read(descriptor, $0 + tail, bytes.count - tail) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == ECONNRESET { return false }
            guard count >= 0 else { throw BenchError("read: \(String(cString: strerror(errno)))") }
            tail += count
            return count > 0
        }
    }

    func write(_ bytes: [UInt8]) { out += bytes }

    /// Writes a frame.
    func write(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: some Collection<UInt8>) {
        let length = payload.count
        out += [UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8)]
        out += [UInt8(truncatingIfNeeded: length), type, flags]
        for shift in [24, 16, 8, 0] { out.append(UInt8(truncatingIfNeeded: stream >> UInt32(shift))) }
        out += payload
    }

    func writeWindowUpdate(_ increment: Int, stream: UInt32) {
        write(8, 0, stream, [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: increment >> $0) })
    }

    /// How much waits to be sent.
    var pending: Int { out.count }

    func flush() throws {
        var sent = 0
        while sent < out.count {
            let count = out.withUnsafeBytes { bytes in
                bytes.baseAddress.map { Foundation.write(descriptor, $0 + sent, bytes.count - sent) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BenchError("write: \(String(cString: strerror(errno)))") }
            sent += count
        }
        out.removeAll(keepingCapacity: true)
    }

    /// Answers what every peer must answer. Returns whether the frame was of that kind.
    func answerHousekeeping(_ frame: Frame) -> Bool {
        switch frame.type {
        case 4:
            if frame.flags & 1 == 0 { write(4, 1, 0, []) }
            return true
        case 6:
            if frame.flags & 1 == 0 { write(6, 1, 0, buffer[frame.payload]) }
            return true
        default: return false
        }
    }
}

/// Header blocks as gRPC's own encoders write them: fields go into the table with the first call and are named by
/// their index after that.
enum HeaderBlocks {
    /// A literal that goes into the table (RFC 7541 section 6.2.1).
    static func indexed(_ name: String, _ value: String) -> [UInt8] { [0x40] + string(name) + string(value) }

    /// A literal that does not (section 6.2.2).
    static func literal(_ name: String, _ value: String) -> [UInt8] { [0x00] + string(name) + string(value) }

    private static func string(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + text.utf8 }

    private static let fields = [
        (":authority", "localhost"), ("content-type", "application/grpc"), ("user-agent", "grpc-go/1.75.0"),
        ("te", "trailers"),
    ]

    /// The block of a connection's first call.
    static func firstRequest(path: String) -> [UInt8] {
        [0x83, 0x86] + indexed(":path", path) + fields.flatMap { indexed($0.0, $0.1) }
            + literal("grpc-timeout", "119999m")
    }

    /// The block of every later call.
    static let laterRequest: [UInt8] =
        [0x83, 0x86] + (0...4).map { 0x80 | UInt8(66 - $0) } + literal("grpc-timeout", "119998m")

    static let firstResponse: [UInt8] = [0x88] + indexed("content-type", "application/grpc")
    /// Its own trailers stand before it in the table.
    static let laterResponse: [UInt8] = [0x88, 0x80 | 64]
    static let firstTrailers: [UInt8] = indexed("grpc-status", "0") + indexed("grpc-message", "")
    static let laterTrailers: [UInt8] = [0x80 | 63, 0x80 | 62]
}
