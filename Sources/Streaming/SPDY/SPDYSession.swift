internal import NIOCore

/// The client's side of a SPDY/3.1 connection.
///
/// Flow control is not waited for: Kubernetes' servers send no WINDOW_UPDATE and heed none.
struct SPDYSession: Carrier {
    private struct Stream {
        var isOpened = false
        var isFinishedByUs = false
        var isFinishedByPeer = false
    }

    private let limits: StreamingLimits
    private let compressor: SPDYHeaderCompressor
    private let decompressor: SPDYHeaderDecompressor
    private var decoder: SPDYFrameDecoder
    private var streams: [StreamKey: Stream] = [:]
    /// Streams that the server ended while we could still write.
    private var cutByPeer: Set<StreamKey> = []
    private var nextStream: UInt32 = 1
    private var nextPing: UInt32 = 1
    private var uninvitedStreams = 0
    private var goAway: PeerFarewell?
    private var pending: [CarrierEvent] = []

    init(limits: StreamingLimits) throws(StreamingError) {
        self.limits = limits
        compressor = try SPDYHeaderCompressor()
        decompressor = try SPDYHeaderDecompressor(limit: limits.headerBlock)
        decoder = SPDYFrameDecoder(controlFrameLimit: limits.controlFrame)
    }

    // MARK: - What comes

    mutating func append(_ bytes: ByteBuffer) { decoder.append(bytes) }

    mutating func next() throws(StreamingError) -> CarrierEvent? {
        while pending.isEmpty {
            guard let frame = try decoder.next() else { return nil }
            try receive(frame)
        }
        return pending.removeFirst()
    }

    var danglingReason: String? {
        if decoder.isInsideFrame { return "the server closed the connection in the middle of a SPDY frame" }
        guard streams.values.contains(where: { !$0.isFinishedByPeer }) else { return nil }
        guard let goAway else { return "the server closed the connection without ending its streams" }
        return goAway.failure?.message
    }

    private mutating func receive(_ frame: SPDYFrame) throws(StreamingError) {
        switch frame {
        case .data(let id, let bytes, let isFinal): try received(bytes, on: StreamKey(id), isFinal: isFinal)
        case .synReply(let id, let flags, let block):
            _ = try decompressor.decompress(block)
            try receivedReply(on: StreamKey(id), flags)
        case .headers(let id, let flags, let block):
            _ = try decompressor.decompress(block)
            if try knows(StreamKey(id), "HEADERS"), flags.contains(.fin) { finishedByPeer(StreamKey(id), .finished) }
        case .rstStream(let id, let status): try receivedReset(of: StreamKey(id), status)
        case .synStream(let id, _, let block):
            _ = try decompressor.decompress(block)
            try refuseStream(id)
        case .ping(let id):
            // The client's own are odd; an answer nobody asked for is ignored (section 2.6.5).
            pending.append(id % 2 == 0 ? .answer(SPDYFrameEncoder.encode(.ping(id)), .ping) : .pong)
        case .goAway(let lastGood, let status): receivedGoAway(lastGood, status)
        case .settings, .windowUpdate, .unknown: break
        }
    }

    private mutating func received(_ bytes: ByteBuffer, on key: StreamKey, isFinal: Bool) throws(StreamingError) {
        guard try knows(key, "DATA"), let stream = streams[key] else { return }
        guard stream.isOpened else {
            throw .violation("the server sent DATA on stream \(key.value) before its SYN_REPLY")
        }
        guard !stream.isFinishedByPeer else {
            throw .violation("the server sent DATA on stream \(key.value) after its last frame")
        }
        if bytes.readableBytes > 0 { pending.append(.data(key, bytes, endsMessage: false)) }
        if isFinal { finishedByPeer(key, .finished) }
    }

    private mutating func receivedReply(on key: StreamKey, _ flags: SPDYFlags) throws(StreamingError) {
        guard try knows(key, "SYN_REPLY"), let stream = streams[key] else { return }
        guard !stream.isOpened else { throw .violation("the server answered stream \(key.value) twice") }
        streams[key]?.isOpened = true
        pending.append(.opened(key))
        if flags.contains(.fin) { finishedByPeer(key, .finished) }
    }

    private mutating func receivedReset(of key: StreamKey, _ status: SPDYStatus) throws(StreamingError) {
        guard try knows(key, "RST_STREAM"), let stream = streams.removeValue(forKey: key) else { return }
        if !stream.isFinishedByUs { cutByPeer.insert(key) }
        if !stream.isOpened {
            let text = "the server refused stream \(key.value) with \(status)"
            pending.append(.refused(key, StreamingError(.streamRefused, text)))
        } else if status == .cancel {
            pending.append(.ended(key, .cancelled))
        } else {
            let text = "the server reset stream \(key.value) with \(status)"
            pending.append(.refused(key, StreamingError(.streamReset, text)))
        }
    }

    private mutating func receivedGoAway(_ lastGood: UInt32, _ status: UInt32) {
        let farewell = PeerFarewell.goAway(status: status, lastGoodStream: lastGood)
        goAway = farewell
        pending.append(.farewell(farewell, isLast: false))
        for key in streams.keys.sorted(by: { $0.value < $1.value }) where key.value > lastGood {
            guard streams[key]?.isOpened == false else { continue }
            streams[key] = nil
            let text = "the server did not take stream \(key.value): \(farewell)"
            pending.append(.refused(key, StreamingError(.streamRefused, text)))
        }
    }

    /// Streams belong to the client here; a server has no reason to open one.
    private mutating func refuseStream(_ id: UInt32) throws(StreamingError) {
        uninvitedStreams += 1
        guard uninvitedStreams <= limits.serverStreams else {
            throw .limit("the server tried to open more than \(limits.serverStreams) streams")
        }
        let reset = SPDYFrameEncoder.encode(.rstStream(id: id, status: .refusedStream))
        pending.append(.answer(reset, .uninvitedStream))
    }

    /// Whether a frame is about a stream that is still open; one that was never opened breaks the protocol.
    private func knows(_ key: StreamKey, _ frame: String) throws(StreamingError) -> Bool {
        if streams[key] != nil { return true }
        guard key.value % 2 == 1, key.value < nextStream else {
            throw .violation("the server sent \(frame) for stream \(key.value), which was never opened")
        }
        return false
    }

    private mutating func finishedByPeer(_ key: StreamKey, _ ending: StreamEnding) {
        guard let stream = streams[key], !stream.isFinishedByPeer else { return }
        streams[key] = stream.isFinishedByUs ? nil : Stream(isOpened: stream.isOpened, isFinishedByPeer: true)
        pending.append(.ended(key, ending))
    }

    // MARK: - What goes

    mutating func open(_ headers: [SPDYHeader]) throws(StreamingError) -> (key: StreamKey, bytes: ByteBuffer) {
        if let goAway { throw StreamingError(.closed, "the server takes no more streams: \(goAway)") }
        guard nextStream < SPDYFrame.idMask else { throw StreamingError(.closed, "no SPDY stream ids are left") }
        let key = StreamKey(nextStream)
        nextStream += 2
        streams[key] = Stream()
        let block = try compressor.compress(headers)
        return (key, SPDYFrameEncoder.encode(.synStream(id: key.value, flags: [], block: block)))
    }

    mutating func data(_ piece: [UInt8], on key: StreamKey) throws(StreamingError) -> ByteBuffer {
        try checkWritable(key)
        return SPDYFrameEncoder.encode(.data(id: key.value, bytes: ByteBuffer(bytes: piece), isFinal: false))
    }

    mutating func finish(_ key: StreamKey) throws(StreamingError) -> ByteBuffer {
        try checkWritable(key)
        if streams[key]?.isFinishedByPeer == true {
            streams[key] = nil
        } else {
            streams[key]?.isFinishedByUs = true
        }
        return SPDYFrameEncoder.encode(.data(id: key.value, bytes: ByteBuffer(), isFinal: true))
    }

    mutating func reset(_ key: StreamKey) -> ByteBuffer {
        guard streams.removeValue(forKey: key) != nil else { return ByteBuffer() }
        return SPDYFrameEncoder.encode(.rstStream(id: key.value, status: .cancel))
    }

    mutating func ping() -> ByteBuffer {
        defer { nextPing &+= 2 }
        return SPDYFrameEncoder.encode(.ping(nextPing))
    }

    /// Resets what is open and goes away, as Kubernetes' own client does.
    mutating func farewell() -> ByteBuffer {
        var out = ByteBuffer()
        for key in streams.keys.sorted(by: { $0.value < $1.value }) { out.writeImmutableBuffer(reset(key)) }
        out.writeImmutableBuffer(SPDYFrameEncoder.encode(.goAway(lastGood: 0, status: 0)))
        return out
    }

    private func checkWritable(_ key: StreamKey) throws(StreamingError) {
        guard let stream = streams[key] else {
            throw cutByPeer.contains(key)
                ? StreamingError(.streamReset, "the server has ended stream \(key.value)")
                : StreamingError(.closed, "stream \(key.value) is over")
        }
        guard stream.isOpened else {
            throw StreamingError(.notPossible, "stream \(key.value) has not been answered yet")
        }
        guard !stream.isFinishedByUs else {
            throw StreamingError(.closed, "this direction of stream \(key.value) was closed before")
        }
    }
}
