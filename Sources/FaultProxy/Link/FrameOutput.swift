internal import NIOCore

/// What is to be written to one end of a connection: frames that pass as they came, and the relay's own between them.
///
/// A frame that passes in pieces, or a header block in several frames, must not be broken into (RFC 9113 sections 4.1
/// and 4.3): the relay's own frames wait for its end. They wait for no longer, so what waits here is bounded by what
/// is done while one frame is under way.
struct FrameOutput {
    private var chunks: [ByteBuffer] = []
    /// Whether the last chunk is made of the relay's own frames and may grow.
    private var isOwn = false
    private var deferred = ByteBuffer()
    /// Whether the receiver is in the middle of a frame or block.
    private(set) var isBroken = false

    var isEmpty: Bool { chunks.isEmpty }

    /// Passes bytes on as they came.
    ///
    /// - Parameter isBroken: whether they end in the middle of a frame or block.
    mutating func pass(_ bytes: ByteBuffer, isBroken: Bool) {
        chunks.append(bytes)
        isOwn = false
        self.isBroken = isBroken
        guard !isBroken, deferred.readableBytes > 0 else { return }
        chunks.append(deferred)
        isOwn = true
        deferred = ByteBuffer()
    }

    /// Writes frames of the relay's own.
    mutating func write(_ frames: (inout ByteBuffer) -> Void) {
        if isBroken {
            frames(&deferred)
        } else if isOwn, var last = chunks.popLast() {
            // Taken out while it grows: a second reference would copy it.
            frames(&last)
            chunks.append(last)
        } else {
            var chunk = ByteBuffer()
            frames(&chunk)
            chunks.append(chunk)
            isOwn = true
        }
    }

    /// Hands what there is to a writer, in order.
    mutating func drain(_ write: (ByteBuffer) -> Void) {
        for chunk in chunks where chunk.readableBytes > 0 { write(chunk) }
        chunks.removeAll(keepingCapacity: true)
        isOwn = false
    }
}
