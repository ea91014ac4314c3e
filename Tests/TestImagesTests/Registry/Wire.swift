import NIOCore
import NIOPosix

@testable import TestImages

/// A client that sends what it is told, byte for byte, and sees all that comes back.
struct Wire: ~Copyable {
    struct Head: Sendable {
        let status: Int
        /// By lower-case name.
        let headers: [String: String]

        var length: Int { headers["content-length"].flatMap { Int($0) } ?? -1 }
    }

    /// The peer ended the connection in the middle of what was to be read.
    struct Ended: Error {}

    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var read = ByteBuffer()

    fileprivate init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    /// Sends a request without a body.
    func ask(_ path: String, method: String = "GET", _ headers: [String: String] = [:]) async throws {
        let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        try await send("\(method) \(path) HTTP/1.1\r\nhost: localhost\r\n\(lines)\r\n")
    }

    /// Reads the head of an answer.
    mutating func head() async throws -> Head {
        var lines: [String] = []
        while lines.last != "" { lines.append(try await line()) }
        let status = lines[0].split(separator: " ")
        let fields = lines.dropFirst().dropLast().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (line[..<colon].lowercased(), line[colon...].dropFirst().trimmingPrefix(" "))
        }
        return Head(
            status: status.count > 1 ? Int(status[1]) ?? 0 : 0,
            headers: Dictionary(fields.map { ($0, String($1)) }) { first, second in "\(first), \(second)" }
        )
    }

    /// Reads so many bytes.
    mutating func bytes(_ count: Int) async throws -> [UInt8] {
        while read.readableBytes < count { guard try await more() else { throw Ended() } }
        return read.readBytes(length: count) ?? []
    }

    /// Reads what comes until the peer ends the connection.
    mutating func rest() async throws -> [UInt8] {
        while try await more() {}
        return read.readBytes(length: read.readableBytes) ?? []
    }

    /// Asks, and reads a whole answer.
    mutating func get(_ path: String, _ headers: [String: String] = [:]) async throws -> (Head, [UInt8]) {
        try await ask(path, headers)
        let head = try await head()
        return (head, try await bytes(head.length))
    }

    private mutating func line() async throws -> String {
        while true {
            let view = read.readableBytesView
            if let end = view.firstIndex(of: UInt8(ascii: "\n")) {
                let bytes = read.readBytes(length: end - view.startIndex + 1) ?? []
                return String(decoding: bytes.dropLast(2), as: UTF8.self)
            }
            guard try await more() else { throw Ended() }
        }
    }

    private mutating func more() async throws -> Bool {
        guard var piece = try await inbound.next() else { return false }
        read.writeBuffer(&piece)
        return true
    }
}

/// Connects to a registry; the connection is closed at the end of the body.
func withWire<Result: Sendable>(
    _ address: String,
    _ body: (inout Wire) async throws -> Result
) async throws -> Result {
    let target = try ListenAddress(address)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: target.host, port: target.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
    return try await channel.executeThenClose { inbound, outbound in
        var wire = Wire(inbound, outbound)
        return try await body(&wire)
    }
}
