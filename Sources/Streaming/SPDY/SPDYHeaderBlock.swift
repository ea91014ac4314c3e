internal import NIOCore

/// One name of a header block with its value.
struct SPDYHeader: Hashable, Sendable {
    /// In lower case, as the draft demands.
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A header block before compression, section 2.6.10: a count, then names and values with their lengths.
enum SPDYHeaderBlock {
    /// The plain bytes of a block.
    static func encode(_ headers: [SPDYHeader]) -> [UInt8] {
        var out = ByteBuffer()
        out.writeInteger(UInt32(headers.count))
        for header in headers {
            for text in [header.name.lowercased(), header.value] {
                out.writeInteger(UInt32(text.utf8.count))
                out.writeString(text)
            }
        }
        return Array(out.readableBytesView)
    }

    /// The headers in plain bytes, which must be one block and nothing else.
    static func decode(_ bytes: [UInt8]) throws(StreamingError) -> [SPDYHeader] {
        var buffer = ByteBuffer(bytes: bytes)
        guard let count = buffer.readInteger(as: UInt32.self) else { throw malformed }
        var headers: [SPDYHeader] = []
        for _ in 0..<count {
            let name = try text(&buffer)
            guard !name.isEmpty else { throw .violation("the server sent a SPDY header without a name") }
            headers.append(SPDYHeader(name, try text(&buffer)))
        }
        guard buffer.readableBytes == 0 else { throw malformed }
        return headers
    }

    private static let malformed = StreamingError.violation("the server sent a SPDY header block that makes no sense")

    private static func text(_ buffer: inout ByteBuffer) throws(StreamingError) -> String {
        guard let length = buffer.readInteger(as: UInt32.self), let text = buffer.readString(length: Int(length)) else {
            throw malformed
        }
        return text
    }
}
