internal import CZlib
internal import NIOCore

/// Compresses the header blocks of one direction of a connection: one zlib stream for its whole life, primed with the
/// dictionary and flushed after each block (section 2.6.10.1).
final class SPDYHeaderCompressor {
    // zlib keeps a pointer back to the stream, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(StreamingError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let dictionary = SPDYDictionary.bytes
        guard crisol_deflate_init(stream, Z_BEST_COMPRESSION) == Z_OK,
            deflateSetDictionary(stream, dictionary, uInt(dictionary.count)) == Z_OK
        else { throw StreamingError(.limitExceeded, "zlib has no memory for a stream") }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The compressed block. Blocks must be sent in the order in which they were compressed.
    func compress(_ headers: [SPDYHeader]) throws(StreamingError) -> ByteBuffer {
        var input = SPDYHeaderBlock.encode(headers)
        var out = ByteBuffer()
        let done = input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = uInt(input.count)
            repeat {
                var status = Z_OK
                out.writeWithUnsafeMutableBytes(minimumWritableBytes: 1_024) { space in
                    stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
                    stream.pointee.avail_out = uInt(space.count)
                    status = deflate(stream, Z_SYNC_FLUSH)
                    return space.count - Int(stream.pointee.avail_out)
                }
                guard status == Z_OK || status == Z_BUF_ERROR else { return false }
            } while stream.pointee.avail_out == 0
            return true
        }
        guard done else { throw StreamingError(.limitExceeded, "zlib cannot compress a header block") }
        return out
    }
}
