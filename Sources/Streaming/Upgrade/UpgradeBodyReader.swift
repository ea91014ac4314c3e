internal import NIOCore

/// Keeps the beginning of a refusal's body, whichever way its end is marked (RFC 9112 section 6).
struct UpgradeBodyReader {
    private enum Rest {
        case bytes(Int)
        case chunkSize
        /// What is left of a chunk, the line end behind it included.
        case chunk(Int)
        case untilEnd
        case nothing
    }

    /// The longest line that may announce a chunk.
    private static let chunkLineLimit = 128

    /// The bytes kept.
    private(set) var kept: [UInt8] = []
    /// Whether more came than is kept, or nonsense.
    private(set) var isCut = false
    private let limit: Int
    private var rest: Rest

    init(_ response: UpgradeResponse, limit: Int) {
        self.limit = limit
        if [204, 304].contains(response.status) {
            rest = .nothing
        } else if response.lists("chunked", in: "Transfer-Encoding") {
            rest = .chunkSize
        } else if let text = response.values("Content-Length").first {
            if let length = Int(text), length >= 0 {
                rest = length == 0 ? .nothing : .bytes(length)
            } else {
                rest = .untilEnd
            }
        } else {
            rest = .untilEnd
        }
    }

    /// Whether nothing more is wanted.
    var isComplete: Bool { if case .nothing = rest { true } else { false } }

    /// Whether the body's end is that of the connection.
    var goesToTheEnd: Bool { if case .untilEnd = rest { true } else { false } }

    /// Takes what it can from the buffer.
    mutating func read(_ buffer: inout ByteBuffer) {
        while buffer.readableBytes > 0 {
            switch rest {
            case .nothing: return
            case .untilEnd: take(buffer.readableBytes, &buffer)
            case .bytes(let count):
                let taken = min(count, buffer.readableBytes)
                rest = taken == count ? .nothing : .bytes(count - taken)
                take(taken, &buffer)
            case .chunk(let count):
                let taken = min(count, buffer.readableBytes)
                // The last two bytes are the line end.
                let content = min(taken, max(count - 2, 0))
                rest = taken == count ? .chunkSize : .chunk(count - taken)
                take(content, &buffer)
                buffer.moveReaderIndex(forwardBy: min(taken - content, buffer.readableBytes))
            case .chunkSize: guard readChunkSize(&buffer) else { return }
            }
        }
    }

    /// - Returns: whether the line had come whole.
    private mutating func readChunkSize(_ buffer: inout ByteBuffer) -> Bool {
        let view = buffer.readableBytesView.prefix(Self.chunkLineLimit)
        guard let end = view.firstIndex(of: 0x0a) else {
            if view.count == Self.chunkLineLimit { giveUp() }
            return isComplete
        }
        let digits = view[..<end].prefix { $0 != 0x0d && $0 != UInt8(ascii: ";") }
        buffer.moveReaderIndex(forwardBy: end - view.startIndex + 1)
        guard digits.count <= 8, let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else {
            giveUp()
            return true
        }
        rest = size == 0 ? .nothing : .chunk(size + 2)
        return true
    }

    private mutating func take(_ count: Int, _ buffer: inout ByteBuffer) {
        guard count > 0, let bytes = buffer.readBytes(length: count) else { return }
        let room = limit - kept.count
        kept += bytes.prefix(room)
        if bytes.count > room { giveUp() }
    }

    private mutating func giveUp() {
        isCut = true
        rest = .nothing
    }
}
