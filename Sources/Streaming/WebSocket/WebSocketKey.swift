internal import CRICatalog

/// The key of a WebSocket handshake and the answer it demands (RFC 6455 section 4.1).
struct WebSocketKey: Hashable, Sendable {
    /// What goes into `Sec-WebSocket-Key`.
    let text: String

    init(text: String) { self.text = text }

    init(_ bytes: [UInt8]) { text = Base64.encode(bytes) }

    static func random() -> Self { Self((0..<16).map { _ in .random(in: .min ... .max) }) }

    /// What the server must put into `Sec-WebSocket-Accept`.
    var accept: String {
        Base64.encode(SHA1.digest(of: Array((text + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }
}
