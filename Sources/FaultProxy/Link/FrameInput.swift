internal import NIOCore

/// The bytes one end has sent, cut at frames. What passes is not cut out: a run of frames that all pass leaves as it
/// came, in the usual case the very buffer that was read.
struct FrameInput {
    private var buffer = ByteBuffer()
    /// Where the bytes begin that pass and have not been handed on.
    private var runStart = 0
    /// How far the bytes were looked at.
    private var position = 0
    /// What of the frame under way is still to come and passes as it comes.
    private(set) var streaming = 0

    /// How many bytes are there to look at.
    var available: Int { buffer.writerIndex - position }

    /// Takes in what was read; what was left of the last time stands before it.
    mutating func begin(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.writeImmutableBuffer(bytes)
        }
        runStart = buffer.readerIndex
        position = runStart
    }

    /// The bytes to look at, all of them.
    var rest: ByteBuffer { buffer.getSlice(at: position, length: available) ?? ByteBuffer() }

    /// The header of the next frame, when it is there.
    var nextHeader: FrameHeader? { FrameHeader(buffer, at: position) }

    /// The payload of the next frame, when all of it is there.
    func payload(of header: FrameHeader) -> ByteBuffer? {
        guard available >= FrameHeader.size + header.length else { return nil }
        return buffer.getSlice(at: position + FrameHeader.size, length: header.length)
    }

    /// The next frame as it came, header and payload.
    func frame(_ header: FrameHeader) -> ByteBuffer {
        buffer.getSlice(at: position, length: FrameHeader.size + header.length) ?? ByteBuffer()
    }

    /// Lets bytes pass.
    mutating func pass(_ count: Int) { position += count }

    /// Lets a frame pass whose payload need not be there yet.
    mutating func stream(_ header: FrameHeader) {
        position += FrameHeader.size
        streaming = header.length
        continueStreaming()
    }

    /// Lets more of the frame under way pass. Returns whether it has ended.
    @discardableResult
    mutating func continueStreaming() -> Bool {
        let count = min(streaming, available)
        position += count
        streaming -= count
        return streaming == 0
    }

    /// Lets everything pass, frames or not.
    mutating func passAll() {
        position = buffer.writerIndex
        streaming = 0
    }

    /// Takes out the run of bytes that pass; `nil` when there are none.
    mutating func takeRun() -> ByteBuffer? {
        guard position > runStart else { return nil }
        defer { runStart = position }
        if runStart == buffer.readerIndex, position == buffer.writerIndex { return buffer }
        return buffer.getSlice(at: runStart, length: position - runStart)
    }

    /// Leaves bytes out. The run before them must have been taken.
    mutating func skip(_ count: Int) {
        position += count
        runStart = position
    }

    /// Keeps what was not looked at for the next time.
    mutating func end() {
        let rest = available
        guard rest > 0 else {
            buffer = ByteBuffer()
            return
        }
        // A copy: the buffer that was read may be large, and the rest is less than a frame.
        var kept = ByteBuffer()
        kept.writeImmutableBuffer(self.rest)
        buffer = kept
    }
}
