import NIOCore

/// The bytes of an answer: a part of a blob that all its readers share, of which one byte may be sent changed.
struct RegistryBody: Sendable, Equatable {
    /// One byte that is sent otherwise than it is.
    struct Change: Sendable, Equatable {
        /// Where, from the beginning of the blob.
        let offset: Int
        /// The bits that are turned.
        let mask: UInt8
    }

    static let empty = RegistryBody(ByteBuffer())

    private let content: ByteBuffer
    private let start: Int
    private let change: Change?
    /// The number of bytes.
    let count: Int

    init(_ content: ByteBuffer, change: Change? = nil) {
        self.content = content
        self.change = change
        start = 0
        count = content.readableBytes
    }

    private init(_ other: RegistryBody, _ range: Range<Int>) {
        content = other.content
        change = other.change
        start = other.start + range.lowerBound
        count = range.count
    }

    /// A part of it, within its bounds.
    func part(_ range: Range<Int>) -> RegistryBody { RegistryBody(self, range.clamped(to: 0..<count)) }

    /// At most `length` bytes from `offset`, without a copy where nothing is changed.
    func bytes(at offset: Int, length: Int) -> ByteBuffer {
        let range = part(from: offset, length: length)
        let first = content.readerIndex + start + range.lowerBound
        guard var piece = content.getSlice(at: first, length: range.count) else { return ByteBuffer() }
        if let change, let index = position(of: change, in: range),
            let byte = piece.getInteger(at: index, as: UInt8.self)
        {
            piece.setInteger(byte ^ change.mask, at: index)
        }
        return piece
    }

    private func part(from offset: Int, length: Int) -> Range<Int> {
        let first = min(max(0, offset), count)
        return first..<(first + min(max(0, length), count - first))
    }

    private func position(of change: Change, in range: Range<Int>) -> Int? {
        let index = change.offset - start - range.lowerBound
        return range.isEmpty || index < 0 || index >= range.count ? nil : index
    }
}
