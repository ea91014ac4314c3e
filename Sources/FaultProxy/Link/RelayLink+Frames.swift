internal import FaultModel
internal import NIOCore

/// Frames that are looked at whole.
extension RelayLink {
    /// Takes note of a frame. Returns whether it passes.
    func take(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        if half.block != nil, header.type != .continuation {
            // RFC 9113 section 4.3: nothing may stand between. The receiver will say so.
            becomeBytes()
            return true
        }
        switch header.type {
        case .headers, .pushPromise: return beginBlock(header, payload, half)
        case .continuation: return continueBlock(header, payload, half)
        case .settings: takeSettings(header, payload, half)
        case .windowUpdate: takeWindowUpdate(header, payload, half)
        case .reset: takeReset(header, payload, half)
        default: break
        }
        return true
    }

    /// SETTINGS are about what the other direction may send.
    private func takeSettings(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) {
        guard !header.has(FrameHeader.Flag.ack) else { return }
        let governed = self.half(half.direction.opposite)
        governed.receiver.apply(payload)
        governed.decoder.allow(governed.receiver.headerTableSize)
    }

    /// WINDOW_UPDATE is credit for the other direction.
    private func takeWindowUpdate(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) {
        guard header.stream == 0, let increment = payload.getInteger(at: payload.readerIndex, as: UInt32.self) else {
            return
        }
        _ = self.half(half.direction.opposite).flow.credit(Int(increment & 0x7fff_ffff))
    }

    private func takeReset(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) {
        let code = payload.getInteger(at: payload.readerIndex, as: UInt32.self) ?? 0
        endCall(header.stream, half.direction == .request ? .clientReset(code) : .runtimeReset(code), at: now)
    }

    /// The sender of a direction has nothing more to say on a stream.
    func streamEnded(_ stream: UInt32, _ half: LinkHalf) {
        if half.direction == .response { endCall(stream, .answered(status: nil), at: now) }
    }

    func endCall(_ stream: UInt32, _ ending: CallRecord.Ending, at now: UInt64) {
        guard var record = calls.removeValue(forKey: stream) else { return }
        record.ended = now
        record.ending = ending
        observer.callEnded(record)
    }
}
