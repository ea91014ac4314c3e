import NIOCore
import Testing

@testable import Streaming

/// The server's side of a WebSocket, as a script drives it.
final class FakeWebSocket {
    let peer: FakePeer
    private var decoder = WebSocketFrameDecoder(sender: .client, frameLimit: 1 << 30)

    private init(_ peer: FakePeer) {
        self.peer = peer
        decoder.append(peer.rest)
    }

    /// Reads the request and agrees to it.
    ///
    /// - Parameter chosen: the sub-protocol that the answer names.
    static func upgrade(_ peer: FakePeer, chosen: String? = "v4.channel.k8s.io") async throws -> FakeWebSocket {
        try await peer.request()
        try await peer.send(answer(peer, chosen: chosen))
        return FakeWebSocket(peer)
    }

    /// The head that agrees.
    static func answer(_ peer: FakePeer, chosen: String?) throws -> String {
        let key = try #require(peer.values("Sec-WebSocket-Key").first)
        let accept = WebSocketKey(text: key).accept
        let header = chosen.map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? ""
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(accept)\r\n\(header)\r\n"
    }

    /// The next frame or piece; `nil` when the client closed.
    func next() async throws -> WebSocketFrame? {
        while true {
            if let frame = try decoder.next() { return frame }
            guard let more = try await peer.read() else { return nil }
            decoder.append(more)
        }
    }

    /// The next whole message on a channel; `nil` when the client closed or said Close.
    func message() async throws -> (channel: UInt8, bytes: [UInt8])? {
        var bytes: [UInt8] = []
        while let frame = try await next() {
            switch frame {
            case .control(.close, _): return nil
            case .control: continue
            case .data(_, let piece, _, _, let isFinal):
                bytes += piece.readableBytesView
                if isFinal { return (try #require(bytes.first), Array(bytes.dropFirst())) }
            }
        }
        return nil
    }

    func send(
        _ opcode: WebSocketOpcode,
        _ payload: [UInt8],
        isFinal: Bool = true
    ) async throws {
        try await peer.send(WebSocketFrameEncoder.encode(opcode, payload, isFinal: isFinal, mask: nil))
    }

    func send(_ bytes: [UInt8], on channel: UInt8) async throws { try await send(.binary, [channel] + bytes) }

    func send(_ text: String, on channel: UInt8) async throws { try await send(Array(text.utf8), on: channel) }

    /// Says Close, with a code.
    func close(_ code: UInt16 = 1_000) async throws {
        try await send(.close, [UInt8(code >> 8), UInt8(code & 0xff)])
    }
}
