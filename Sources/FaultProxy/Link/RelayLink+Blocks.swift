internal import FaultModel
internal import NIOCore

/// Header blocks.
extension RelayLink {
    /// Takes HEADERS or PUSH_PROMISE. Returns whether the frame passes.
    func beginBlock(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        guard let block = HeaderBlock(header, payload: payload, kept: nil) else {
            becomeBytes()
            return true
        }
        if header.has(FrameHeader.Flag.endHeaders) {
            finish(block, half)
        } else {
            half.block = block
        }
        return true
    }

    /// Takes CONTINUATION. Returns whether the frame passes.
    func continueBlock(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        guard half.block?.stream == header.stream, half.block?.append(payload: payload, kept: nil) == true else {
            becomeBytes()
            return true
        }
        guard header.has(FrameHeader.Flag.endHeaders), let block = half.block else { return true }
        half.block = nil
        finish(block, half)
        return true
    }

    /// Takes note of a whole block.
    private func finish(_ block: HeaderBlock, _ half: LinkHalf) {
        if case .verbatimOnly = half.coding { return }
        var fields: HeaderList = []
        switch half.decoder.decode(block.fragment) {
        case .fields(let decoded): fields = decoded
        case .tooLong: break
        case .failed: half.coding = .verbatimOnly
        }
        switch half.direction {
        case .request: if block.header.type == .headers { requestHeaders(fields, block.stream, half) }
        case .response: if block.header.endsStream { responseTrailers(fields, block.stream) }
        }
    }

    private func requestHeaders(_ fields: HeaderList, _ stream: UInt32, _ half: LinkHalf) {
        // A second block of a request is its trailers.
        guard stream > half.lastStream else { return }
        half.lastStream = stream
        guard calls.count < Self.openStreamLimit else { return }
        calls[stream] = CallRecord(stream: stream, path: fields.first(":path") ?? [], began: now)
    }

    private func responseTrailers(_ fields: HeaderList, _ stream: UInt32) {
        guard calls[stream] != nil else { return }
        let status = fields.first("grpc-status").flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        endCall(stream, .answered(status: status), at: now)
    }
}
