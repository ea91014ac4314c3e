import CZstd
import NIOCore

/// Compression in the zstd form (RFC 8878) by the system's libzstd.
enum Zstd {
    /// As `Gzip`: what matters is that a runtime can read it.
    private static let level: Int32 = 1

    /// The input as one zstd frame; `nil` when the library refuses.
    static func compressed(_ input: ByteBuffer) -> ByteBuffer? {
        let bound = ZSTD_compressBound(input.readableBytes)
        // ByteBuffer counts in 32 bits.
        guard ZSTD_isError(bound) == 0, bound <= Int(UInt32.max) else { return nil }
        var output = ByteBufferAllocator().buffer(capacity: bound)
        var failed = false
        input.withUnsafeReadableBytes { bytes in
            _ = output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { target in
                let size = ZSTD_compress(target.baseAddress, target.count, bytes.baseAddress, bytes.count, level)
                failed = ZSTD_isError(size) != 0
                return failed ? 0 : size
            }
        }
        return failed ? nil : output.trimmed
    }
}
