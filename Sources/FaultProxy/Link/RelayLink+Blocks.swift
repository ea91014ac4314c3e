internal import FaultModel
internal import NIOCore

/// Header blocks (relay-contract 13 to 15).
extension RelayLink {
    /// Whether a block must be whole before any of it passes.
    private func keepsBlocks(_ half: LinkHalf) -> Bool {
        half.isLiteral || decider.isArmed || !exchanges.isEmpty || !dead.isEmpty
    }

    /// Takes HEADERS or PUSH_PROMISE. Returns whether the frame passes as it came.
    func beginBlock(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        if half.direction == .response { pings.runtimeSpoke() }
        let isWhole = header.has(FrameHeader.Flag.endHeaders)
        let kept = !isWhole && keepsBlocks(half) ? half.input.frame(header) : nil
        guard let block = HeaderBlock(header, payload: payload, kept: kept) else {
            lost(half)
            return true
        }
        if isWhole { return finish(block, half, passes: true) }
        half.block = block
        return kept == nil
    }

    /// Takes CONTINUATION. Returns whether the frame passes as it came.
    func continueBlock(_ header: FrameHeader, _ payload: ByteBuffer, _ half: LinkHalf) -> Bool {
        guard half.block?.stream == header.stream,
            half.block?.append(payload: payload, frame: half.input.frame(header)) == true
        else {
            lost(half)
            return true
        }
        let passes = half.block?.frames == nil
        guard header.has(FrameHeader.Flag.endHeaders), let block = half.block else { return passes }
        half.block = nil
        if passes {
            // It has passed already, and is only taken note of.
            note(block, decode(block, half), half)
            return true
        }
        return finish(block, half, passes: false)
    }

    /// Decodes a whole block; `nil` when its fields are not known.
    private func decode(_ block: HeaderBlock, _ half: LinkHalf) -> HeaderList? {
        guard half.allowsInterference else { return nil }
        switch half.decoder.decode(block.fragment) {
        case .fields(let fields): return fields
        case .tooLong: return nil
        case .failed:
            let isClean = exchanges.isEmpty && dead.isEmpty && half.isTransparent
            if !half.loseStep() || !isClean { fail() }
            return nil
        }
    }

    /// Takes note of a block that just passes.
    private func note(_ block: HeaderBlock, _ fields: HeaderList?, _ half: LinkHalf) {
        guard block.header.type == .headers else { return }
        switch half.direction {
        case .request:
            guard block.stream > half.lastStream else { return }
            half.lastStream = block.stream
            beginCall(block.stream, fields ?? [])
        case .response:
            guard block.header.endsStream, calls[block.stream] != nil else { return }
            endCall(block.stream, .answered(status: fields?.status))
        }
    }

    func beginCall(_ stream: UInt32, _ fields: HeaderList) {
        let path = fields.first(":path") ?? []
        if kind == nil, let kind = Self.kind(path) {
            self.kind = kind
            if decider.isArmed { commands.append(.identified) }
        }
        guard calls.count < Self.openStreamLimit else { return }
        calls[stream] = CallRecord(connection: number, stream: stream, path: path, began: now)
    }

    /// kubelet keeps one connection for each service, also to one socket.
    private static func kind(_ path: [UInt8]) -> CallFacts.Connection? {
        if path.starts(with: "/runtime.v1.RuntimeService/".utf8) { return .runtime }
        return path.starts(with: "/runtime.v1.ImageService/".utf8) ? .image : nil
    }

    /// Takes a whole block.
    ///
    /// - Parameter passes: whether the frame at hand is all of it and can pass as it came.
    private func finish(_ block: HeaderBlock, _ half: LinkHalf, passes: Bool) -> Bool {
        let fields = decode(block, half)
        guard mode != .failed else { return false }
        guard let fields, block.header.type == .headers else {
            note(block, fields, half)
            return pass(block, fields, half, passes: passes)
        }
        if dead.contains(block.stream) || isRefused(block.stream, half) {
            // Its sender's table has moved on, its receiver's has not.
            half.interfere()
            return false
        }
        if half.direction == .request, block.stream > half.lastStream {
            return openStream(block, fields, half, passes: passes)
        }
        guard let exchange = exchanges[block.stream] else {
            note(block, fields, half)
            return pass(block, fields, half, passes: passes)
        }
        touch(exchange)
        return takeBlock(block, fields, exchange, half, passes: passes)
    }

    /// Passes a block on, as it came or written anew. Returns whether the frame at hand passes as it came.
    func pass(_ block: HeaderBlock, _ fields: HeaderList?, _ half: LinkHalf, passes: Bool) -> Bool {
        if half.isLiteral {
            guard let fields else {
                // A block too long to be kept cannot be written anew.
                fail()
                return false
            }
            half.write(fields, type: block.header.type, flags: block.flags, prefix: block.prefix, stream: block.stream)
            return false
        }
        if let frames = block.frames {
            half.flushRun()
            half.output.pass(frames, isBroken: false)
            return false
        }
        return passes
    }

    /// A block of a call that is not ordinary: an answer's headers, or trailers of either side.
    private func takeBlock(
        _ block: HeaderBlock,
        _ fields: HeaderList,
        _ exchange: Exchange,
        _ half: LinkHalf,
        passes: Bool
    ) -> Bool {
        let direction = half.direction
        let ends = block.header.endsStream
        let isFirst = direction == .response && !exchange.response.sawHeaders
        // 1xx blocks come before the one that counts (RFC 9113 section 8.1).
        let isInterim = isFirst && !ends && fields.first(":status")?.first == UInt8(ascii: "1")
        if !isInterim { exchange[direction].sawHeaders = true }
        if ends {
            exchange[direction].senderEnded = true
            if direction == .response { runtimeEnded(exchange, .answered(status: fields.status)) }
        }
        if isFirst, !ends, !isInterim { pending.append(.event(exchange, .responseHeaders(fields))) }
        if ends { pending.append(.event(exchange, .ended(direction, trailers: fields))) }

        if exchange[direction].receiverEnded || exchange[direction].gate == .swallow {
            half.interfere()
            if !exchange[direction].receiverEnded { exchange[direction].hasLost = true }
            return false
        }
        guard exchange[direction].gate == .open, exchange[direction].isEmpty, exchange.isOpened else {
            half.interfere()
            exchange[direction].append(.block(fields, end: ends))
            exchange[direction].sentHeaders = true
            return false
        }
        exchange[direction].sentHeaders = true
        if ends { receiverEnded(exchange, direction, status: fields) }
        return pass(block, fields, half, passes: passes)
    }
}

extension HeaderList {
    /// The value of `grpc-status`.
    var status: Int? { text("grpc-status").flatMap { Int($0) } }
}
