internal import CZlib
internal import NIOCore

/// Decompresses the header blocks of one direction of a connection, each within a limit.
///
/// Every block must pass through it, also those nobody is interested in: what follows refers back to them.
final class SPDYHeaderDecompressor {
    private static let pieceLength = 4_096

    // zlib keeps a pointer back to the stream, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let limit: Int
    private var piece = [UInt8](repeating: 0, count: pieceLength)

    /// - Parameter limit: the most bytes a block may have once decompressed.
    init(limit: Int) throws(StreamingError) {
        self.limit = limit
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard crisol_inflate_init(stream) == Z_OK else {
            throw StreamingError(.limitExceeded, "zlib has no memory for a stream")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The headers in a compressed block.
    func decompress(_ block: ByteBuffer) throws(StreamingError) -> [SPDYHeader] {
        try SPDYHeaderBlock.decode(plain(block))
    }

    private func plain(_ block: ByteBuffer) throws(StreamingError) -> [UInt8] {
        var input = Array(block.readableBytesView)
        let result: Result<[UInt8], StreamingError> = input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = uInt(input.count)
            var out: [UInt8] = []
            while true {
                let status = inflatePiece(into: &out)
                guard out.count <= limit else {
                    return .failure(
                        .limit("the server sent a SPDY header block of more than \(limit) bytes decompressed")
                    )
                }
                switch status {
                case Z_OK:
                    // A piece that was filled may have more behind it, without more input.
                    if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return .success(out) }
                case Z_NEED_DICT:
                    let dictionary = SPDYDictionary.bytes
                    guard inflateSetDictionary(stream, dictionary, uInt(dictionary.count)) == Z_OK else {
                        return .failure(.violation("the server compresses SPDY headers with another dictionary"))
                    }
                case Z_BUF_ERROR: return .success(out)
                case Z_STREAM_END: return .failure(.violation("the server ended the compression of its SPDY headers"))
                default: return .failure(.violation("the server sent a SPDY header block that is no zlib stream"))
                }
            }
        }
        return try result.get()
    }

    private func inflatePiece(into out: inout [UInt8]) -> CInt {
        let status = piece.withUnsafeMutableBufferPointer { piece in
            stream.pointee.next_out = piece.baseAddress
            stream.pointee.avail_out = uInt(piece.count)
            return inflate(stream, Z_SYNC_FLUSH)
        }
        out += piece.prefix(piece.count - Int(stream.pointee.avail_out))
        return status
    }
}
