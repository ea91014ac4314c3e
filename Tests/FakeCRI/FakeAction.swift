/// One thing the fake runtime puts on the wire.
package enum FakeAction: Sendable {
    /// A header block, in HEADERS and as many CONTINUATION frames as it needs.
    case headers([(String, String)], end: Bool = false)
    /// Bytes of the body, in DATA frames as the client's windows allow.
    case data([UInt8], end: Bool = false)
    case reset(UInt32)
    case ping
    case settings([(UInt16, UInt32)])
    case goAway(last: UInt32, code: UInt32 = 0, debug: String = "")
    /// Any bytes, on the connection.
    case raw([UInt8])
    case close

    package static let answerHeaders: FakeAction = .headers([(":status", "200"), ("content-type", "application/grpc")])

    package static func message(_ bytes: [UInt8], flag: UInt8 = 0) -> FakeAction { .data(framed(bytes, flag: flag)) }

    package static func trailers(_ code: Int = 0, _ message: String = "") -> FakeAction {
        .headers([("grpc-status", "\(code)"), ("grpc-message", message)], end: true)
    }

    /// An answer that is trailers only.
    package static func trailersOnly(_ pairs: [(String, String)]) -> [FakeAction] {
        [.headers([(":status", "200"), ("content-type", "application/grpc")] + pairs, end: true)]
    }

    /// A whole good answer.
    package static func ok(_ messages: [UInt8]...) -> [FakeAction] {
        [answerHeaders] + messages.map { message($0) } + [trailers()]
    }

    package static func framed(_ bytes: [UInt8], flag: UInt8 = 0, length: Int? = nil) -> [UInt8] {
        let length = UInt32(length ?? bytes.count)
        return [flag] + (0..<4).reversed().map { UInt8(length >> ($0 * 8) & 0xff) } + bytes
    }
}

/// A request as the fake runtime received it.
package struct FakeRequest: Sendable {
    /// The number of the connection, from 1.
    package let connection: Int
    package let stream: UInt32
    package let headers: [(String, String)]
    package let body: [UInt8]

    package subscript(name: String) -> String? { headers.first { $0.0 == name }?.1 }

    /// The message without its prefix.
    package var message: [UInt8] { Array(body.dropFirst(5)) }
}

/// Something the fake runtime saw.
package enum FakeEvent: Sendable, Equatable {
    case connected(Int)
    case preface(Int)
    case request(connection: Int, stream: UInt32)
    case reset(stream: UInt32, code: UInt32)
    case pong
    case closed(Int)
}
