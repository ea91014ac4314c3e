import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import Streaming

/// Runs `body` with a server on loopback that plays `script` on every connection to its end.
///
/// The script's errors are issues of the test, except that the client has gone.
func withFakeServer<R: Sendable>(
    host: String = "127.0.0.1",
    tls: NIOSSLContext? = nil,
    _ script: @escaping @Sendable (FakePeer) async throws -> Void,
    client body: @Sendable (FakeServer) async throws -> R
) async throws -> R {
    let listener = try await ConnectionListener.listen { channel in
        if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
    } _: {
        $0.bind(host: host, port: 0)
    }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await listener.serve { await serve($0, script) } }
        let result = try await body(FakeServer(port: listener.port))
        // What a script is still at ends with its connection.
        listener.close()
        try await group.waitForAll()
        return result
    }
}

private func serve(_ connection: any Channel, _ script: @Sendable (FakePeer) async throws -> Void) async {
    do {
        try await connection.withBytes { inbound, _ in
            try await script(FakePeer(connection, inbound.makeAsyncIterator()))
        }
    } catch is CancellationError {
        // The test is over.
    } catch is ChannelError, is IOError, is NIOSSLError, is NIOAsyncWriterError {
        // The client has gone.
    } catch {
        Issue.record("the fake server failed: \(error)")
    }
}

/// Where the fake server is.
struct FakeServer: Sendable {
    let port: Int

    /// The token in every URL.
    static let token = "s3cr3tTok"

    var url: String { "http://127.0.0.1:\(port)/exec/\(Self.token)" }
}

/// The server's end of one connection, driven by the script.
final class FakePeer {
    let channel: any Channel
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private(set) var lines: [String] = []
    /// What came behind the request's head.
    var rest = ByteBuffer()

    init(
        _ channel: any Channel,
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    ) {
        self.channel = channel
        self.inbound = inbound
    }

    /// More bytes from the client; `nil` when it has closed.
    func read() async throws -> ByteBuffer? { try await inbound.next() }

    /// Waits until the client has closed; whether with a FIN rather than a reset.
    func waitForEnd() async -> Bool {
        do {
            while try await read() != nil {}
            return true
        } catch {
            return false
        }
    }

    /// Sends bytes; returns when the kernel has them, so that a client which does not read holds the script.
    func send(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes) }

    func send(_ bytes: [UInt8]) async throws { try await send(ByteBuffer(bytes: bytes)) }

    func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

    /// Reads the head of the request.
    @discardableResult
    func request() async throws -> [String] {
        while true {
            let text = String(decoding: rest.readableBytesView, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                lines = text[..<end.lowerBound].split(separator: "\r\n").map(String.init)
                rest.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
                return lines
            }
            guard let more = try await read() else { throw ChannelError.eof }
            rest.writeImmutableBuffer(more)
        }
    }

    /// The values of a header of the request.
    func values(_ name: String) -> [String] {
        lines.filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }.map {
            String($0.dropFirst(name.count + 2))
        }
    }
}
