internal import NIOCore
internal import NIOHTTP2

/// Hears what concerns a whole connection: settings, GOAWAY, errors, the end.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    private let connection: HTTP2Connection

    init(_ connection: HTTP2Connection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data).payload {
        case .settings(.settings(let settings)): connection.received(settings)
        case .goAway(let lastStreamID, let code, let debugData):
            connection.received(GoAway(lastStreamID: Int(lastStreamID), code: code.networkCode, debugData: debugData))
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { connection.caught(error) }

    func channelInactive(context: ChannelHandlerContext) {
        connection.vanished()
        context.fireChannelInactive()
    }
}

/// A GOAWAY frame, RFC 9113 section 6.8.
struct GoAway: CustomStringConvertible {
    let lastStreamID: Int
    let code: Int
    private let debugText: String

    init(lastStreamID: Int, code: Int, debugData: ByteBuffer?) {
        self.lastStreamID = lastStreamID
        self.code = code
        debugText = String(decoding: debugData?.readableBytesView.prefix(256) ?? [], as: UTF8.self)
    }

    var description: String {
        "is going away (HTTP/2 GOAWAY \(ResetCode.name(code))\(debugText.isEmpty ? "" : ": \(debugText)"))"
    }
}
