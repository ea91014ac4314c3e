internal import NIOCore

/// Checks that what answers on the socket speaks HTTP/2: a server's first frame must be SETTINGS (RFC 9113 section
/// 3.4). Anything else ends the connection with an error that quotes it.
///
/// It also spells out the one default that swift-nio-http2 assumes differently from the RFC: without
/// SETTINGS_MAX_CONCURRENT_STREAMS the number of streams is unlimited (section 6.5.2), not 100.
final class ServerPrefaceHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let frameHeaderLength = 9
    private static let settingLength = 6
    private static let settingsType: UInt8 = 4
    private static let maxConcurrentStreams: UInt16 = 3
    private static let largestFrame = 16_384

    private var start = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        start.writeImmutableBuffer(unwrapInboundIn(data))
        guard let length = settingsLength() else {
            if start.readableBytes >= Self.frameHeaderLength || !startsLikeSettings() {
                context.fireErrorCaught(NotHTTP2(start))
            }
            return
        }
        guard start.readableBytes >= Self.frameHeaderLength + length else { return }
        let complete = withStreamLimit(length)
        start = ByteBuffer()
        context.fireChannelRead(wrapInboundOut(complete))
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if start.readableBytes > 0 { context.fireErrorCaught(NotHTTP2(start)) }
        context.fireChannelInactive()
    }

    /// The length of the SETTINGS frame at the start; `nil` when there is none, or not enough bytes to tell.
    private func settingsLength() -> Int? {
        guard let header = start.getBytes(at: start.readerIndex, length: Self.frameHeaderLength) else { return nil }
        let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
        let isSettings =
            header[3] == Self.settingsType && header[4] & 1 == 0 && header[5...].allSatisfy { $0 == 0 }
            && length % Self.settingLength == 0 && length <= Self.largestFrame
        return isSettings ? length : nil
    }

    /// Whether the few bytes there are could be the beginning of a SETTINGS frame.
    private func startsLikeSettings() -> Bool {
        let view = start.readableBytesView
        return view.first.map { $0 == 0 } ?? true && (view.count < 4 || view[view.startIndex + 3] == Self.settingsType)
    }

    private func withStreamLimit(_ length: Int) -> ByteBuffer {
        let payload = start.readerIndex + Self.frameHeaderLength
        let identifiers = stride(from: payload, to: payload + length, by: Self.settingLength).map {
            start.getInteger(at: $0, as: UInt16.self)
        }
        guard !identifiers.contains(Self.maxConcurrentStreams), length + Self.settingLength <= Self.largestFrame,
            let settings = start.getSlice(at: start.readerIndex + 3, length: Self.frameHeaderLength - 3 + length),
            let rest = start.getSlice(
                at: payload + length,
                length: start.readableBytes - Self.frameHeaderLength - length
            )
        else { return start }
        var result = ByteBuffer()
        let newLength = UInt32(length + Self.settingLength)
        result.writeBytes([UInt8(newLength >> 16), UInt8(newLength >> 8 & 0xff), UInt8(newLength & 0xff)])
        result.writeImmutableBuffer(settings)
        result.writeInteger(Self.maxConcurrentStreams)
        result.writeInteger(UInt32(Int32.max))
        result.writeImmutableBuffer(rest)
        return result
    }
}

/// The peer's first bytes are not those of an HTTP/2 server.
struct NotHTTP2: Error {
    /// The beginning of what it said, made printable.
    let excerpt: String

    init(_ bytes: ByteBuffer) {
        let shown = bytes.readableBytesView.prefix(40).map { byte in
            (0x20...0x7e).contains(byte) ? Character(UnicodeScalar(byte)) : "."
        }
        excerpt = String(shown)
    }
}
