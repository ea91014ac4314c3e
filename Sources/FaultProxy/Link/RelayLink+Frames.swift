internal import FaultModel
internal import NIOCore

/// Frames that are looked at whole.
extension RelayLink {
    /// Takes a frame. Returns whether it passes as it came.
    func take(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        if half.block != nil, header.type != .continuation {
            // RFC 9113 section 4.3: nothing may stand between.
            lost(half)
            return true
        }
        switch header.type {
        case .data: return takeData(header, payload, half)
        case .headers, .pushPromise: return beginBlock(header, payload, half)
        case .continuation: return continueBlock(header, payload, half)
        case .settings:
            takeSettings(header, payload, half)
            return true
        case .windowUpdate: return takeWindowUpdate(header, payload, half)
        case .ping: return takePing(header, payload, half)
        case .reset: return takeReset(header, payload, half)
        case .goAway: return takeGoAway(payload, half)
        default: return true
        }
    }

    /// SETTINGS are about what the other direction may send.
    private func takeSettings(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) {
        guard !header.has(FrameHeader.Flag.ack) else { return }
        let governed = self.half(half.direction.opposite)
        let before = governed.receiver.initialWindowSize
        governed.receiver.apply(payload)
        governed.decoder.allow(governed.receiver.headerTableSize)
        let change = governed.receiver.initialWindowSize - before
        guard change != 0 else { return }
        for exchange in exchanges.values {
            exchange[governed.direction].flow?.shift(change)
            touch(exchange)
        }
    }

    /// WINDOW_UPDATE is credit for the other direction.
    private func takeWindowUpdate(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        guard let word = payload.getInteger(at: payload.readerIndex, as: UInt32.self) else { return true }
        let increment = Int(word & 0x7fff_ffff)
        let governed = self.half(half.direction.opposite)
        guard header.stream != 0 else {
            let passed = governed.flow.credit(increment)
            return pass(passed, of: increment, on: 0, half)
        }
        if dead.contains(header.stream) { return false }
        guard let exchange = exchanges[header.stream], exchange[governed.direction].flow != nil else { return true }
        touch(exchange)
        let passed = exchange[governed.direction].flow?.credit(increment) ?? 0
        // Who has ended the stream needs no credit; who does not know of it gets it when it does.
        if exchange[governed.direction].senderEnded { return false }
        if !exchange.isOpened {
            exchange[governed.direction].deferredCredit += passed
            return false
        }
        return pass(passed, of: increment, on: header.stream, half)
    }

    private func pass(_ passed: Int, of increment: Int, on stream: UInt32, _ half: LinkHalf) -> Bool {
        if passed == increment { return true }
        if passed > 0 { half.write { $0.writeWindowUpdate(passed, stream: stream) } }
        return false
    }

    private func takePing(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        guard half.direction == .request, !header.has(FrameHeader.Flag.ack), header.length == 8, pings.takePing() else {
            return true
        }
        response.write { $0.writePingAck(payload) }
        return false
    }

    /// The last stream of a GOAWAY never rises (RFC 9113 section 6.8): clients take one that does for a broken connection,
    /// and cut their calls. The relay may have said a lower one before the runtime.
    private func takeGoAway(_ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        guard half.direction == .response, let word = payload.getInteger(at: payload.readerIndex, as: UInt32.self),
            let code = payload.getInteger(at: payload.readerIndex + 4, as: UInt32.self)
        else { return true }
        let last = word & 0x7fff_ffff
        guard let told = lastServed, told < last else {
            lastServed = last
            return true
        }
        half.write { $0.writeGoAway(last: told, code: code) }
        return false
    }

    private func takeReset(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        let code = payload.getInteger(at: payload.readerIndex, as: UInt32.self) ?? 0
        if dead.contains(header.stream) { return false }
        guard let exchange = exchanges[header.stream] else {
            endCall(header.stream, half.direction == .request ? .clientReset(code) : .runtimeReset(code))
            return true
        }
        if half.direction == .request {
            clientReset(exchange, HTTP2Code(rawValue: code))
        } else {
            runtimeReset(exchange, HTTP2Code(rawValue: code))
        }
        return false
    }

    /// The sender of a direction has nothing more to say on a stream that just passes.
    func ordinaryStreamEnded(_ stream: UInt32, _ half: LinkHalf) {
        if half.direction == .response { endCall(stream, .answered(status: nil)) }
    }

    private func execution(of stream: UInt32, _ ending: CallRecord.Ending) -> CallRecord.Execution {
        guard let exchange = exchanges[stream], exchange.isTracked else {
            if case .answered = ending { return .yes }
            return .unknown
        }
        if exchange.response.sawHeaders { return .yes }
        return exchange.wasDelivered ? .unknown : .no
    }

    func endCall(_ stream: UInt32, _ ending: CallRecord.Ending) {
        guard var record = calls.removeValue(forKey: stream) else { return }
        record.ended = now
        record.ending = ending
        record.execution = execution(of: stream, ending)
        observer.callEnded(record)
        closeIfDrained()
    }
}
