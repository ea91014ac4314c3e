import NIOCore
import NIOEmbedded
import Testing

@testable import CRIClient

/// The first frame of a server, byte for byte.
struct ServerPrefaceHandlerTests {
    private static let empty: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    private static let limited: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 5]
    private static let other: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0]
    private static let unlimited: [UInt8] = [0, 3, 0x7f, 0xff, 0xff, 0xff]

    /// What comes out behind the handler for these bytes, given to it in pieces.
    private func passed(_ bytes: [UInt8], pieces: Int) throws -> [UInt8] {
        let channel = EmbeddedChannel(handler: ServerPrefaceHandler())
        var rest = bytes[...]
        while !rest.isEmpty {
            try channel.writeInbound(ByteBuffer(bytes: rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        var result: [UInt8] = []
        while let buffer = try channel.readInbound(as: ByteBuffer.self) { result += buffer.readableBytesView }
        return result
    }

    @Test(arguments: [1, 2, 7, 100])
    func `a stream limit is left alone and its absence spelt out, however the bytes come`(pieces: Int) throws {
        let more: [UInt8] = [9, 9, 9]
        #expect(try passed(Self.limited + more, pieces: pieces) == Self.limited + more)
        #expect(
            try passed(Self.empty + more, pieces: pieces) == [0, 0, 6] + Self.empty[3...] + Self.unlimited + more
        )
        #expect(
            try passed(Self.other + more, pieces: pieces) == [0, 0, 12] + Self.other[3...] + Self.unlimited + more
        )
    }

    @Test(arguments: [
        Array("HTTP/1.1 400".utf8), [0, 0, 0, 4, 1, 0, 0, 0, 0], [0, 0, 5, 4, 0, 0, 0, 0, 0],
        [0, 0, 0, 4, 0, 0, 0, 0, 1],
        [0, 0, 8, 6, 0, 0, 0, 0, 0], [0, 0x7f, 0xfe, 4, 0, 0, 0, 0, 0],
    ])
    func `anything else is refused as soon as it shows`(bytes: [UInt8]) throws {
        #expect(throws: NotHTTP2.self) { try passed(bytes, pieces: 1) }
    }
}
