import CZlib
import NIOCore

/// Compression in the gzip form (RFC 1952) by the system's zlib.
enum Gzip {
    /// The input as one gzip member, without name or time, so that equal input gives equal bytes; `nil` when zlib
    /// refuses.
    static func compressed(_ input: ByteBuffer) -> ByteBuffer? {
        var stream = z_stream()
        // What a runtime does with a layer does not depend on the level, the time until a case may begin does.
        guard crisol_gzip_init(&stream, Z_BEST_SPEED) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let bound = deflateBound(&stream, UInt(input.readableBytes))
        guard let available = UInt32(exactly: input.readableBytes), let room = UInt32(exactly: bound)
        else { return nil }
        var output = ByteBufferAllocator().buffer(capacity: Int(room))
        var ending = Z_OK
        input.withUnsafeReadableBytes { bytes in
            // zlib's older interface takes a pointer to bytes it does not change.
            stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = available
            _ = output.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(room)) { target in
                stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = room
                ending = deflate(&stream, Z_FINISH)
                return Int(room - stream.avail_out)
            }
        }
        return ending == Z_STREAM_END ? output.trimmed : nil
    }
}

extension ByteBuffer {
    /// The same bytes in a buffer without spare room, when much of it is spare: packed layers stay for a whole run.
    var trimmed: ByteBuffer {
        capacity > 2 * readableBytes ? ByteBuffer(bytes: readableBytesView) : self
    }
}
