import NIOCore

@testable import FaultProxy

/// Bytes as a peer would write them.
enum Wire {
    static let preface = Preface.bytes

    static func frame(_ type: FrameType, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.write(FrameHeader(type, length: payload.count, flags: flags, stream: stream))
        buffer.writeBytes(payload)
        return Array(buffer.readableBytesView)
    }

    static func settings(_ settings: [(UInt16, UInt32)] = [], ack: Bool = false) -> [UInt8] {
        frame(.settings, flags: ack ? 1 : 0, settings.flatMap { big(UInt32($0.0), 2) + big($0.1, 4) })
    }

    static func headers(_ fields: [(String, String)], stream: UInt32, end: Bool = false) -> [UInt8] {
        frame(.headers, flags: 4 | (end ? 1 : 0), stream: stream, literals(fields))
    }

    static func data(_ payload: [UInt8], stream: UInt32, end: Bool = false) -> [UInt8] {
        frame(.data, flags: end ? 1 : 0, stream: stream, payload)
    }

    static func windowUpdate(_ increment: UInt32, stream: UInt32 = 0) -> [UInt8] {
        frame(.windowUpdate, stream: stream, big(increment, 4))
    }

    static func reset(_ code: UInt32, stream: UInt32) -> [UInt8] { frame(.reset, stream: stream, big(code, 4)) }

    static func ping(_ payload: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8], ack: Bool = false) -> [UInt8] {
        frame(.ping, flags: ack ? 1 : 0, payload)
    }

    static func goAway(last: UInt32, code: UInt32 = 0) -> [UInt8] { frame(.goAway, big(last, 4) + big(code, 4)) }

    /// A gRPC message with its prefix.
    static func message(_ bytes: [UInt8], flag: UInt8 = 0) -> [UInt8] { [flag] + big(UInt32(bytes.count), 4) + bytes }

    static func big(_ value: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (UInt32($0) * 8)) }
    }

    /// A header block without indexing or Huffman code.
    static func literals(_ fields: [(String, String)]) -> [UInt8] {
        var block = ByteBuffer()
        for (name, value) in fields {
            block.writeInteger(UInt8(0))
            block.writeHPACKInteger(name.utf8.count, first: 0, prefix: 7)
            block.writeString(name)
            block.writeHPACKInteger(value.utf8.count, first: 0, prefix: 7)
            block.writeString(value)
        }
        return Array(block.readableBytesView)
    }

    static func request(_ method: String, service: String = "runtime.v1.RuntimeService") -> [(String, String)] {
        [
            (":method", "POST"), (":scheme", "http"), (":path", "/\(service)/\(method)"), (":authority", "localhost"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ]
    }

    static let responseHeaders = [(":status", "200"), ("content-type", "application/grpc")]

    static func trailers(_ status: Int = 0, _ message: String = "") -> [(String, String)] {
        [("grpc-status", "\(status)"), ("grpc-message", message)]
    }
}
