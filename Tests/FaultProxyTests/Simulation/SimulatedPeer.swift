import NIOCore
import NIOHPACK

@testable import FaultProxy

/// One end of an HTTP/2 connection that keeps its books and complains of everything RFC 9113 or grpc-go would.
final class SimulatedPeer {
    struct Stream {
        /// What is still to be sent of the body.
        var outgoing = 0
        var endsAfterBody = false
        /// Trailers to send after the body.
        var trailers: HPACKHeaders?
        var sendWindow: Int
        var receiveWindow: Int
        var receivedBody = 0
        /// Received and not given credit for.
        var owed = 0
        var sentEnd = false
        var gotEnd = false
        var gotHeaders = false
        var isReset = false
    }

    let isClient: Bool
    private(set) var output: [UInt8] = []
    private(set) var complaints: [String] = []
    var streams: [UInt32: Stream] = [:]
    /// Streams that were opened, by whichever end.
    private(set) var lastStream: UInt32 = 0
    private var closed: Set<UInt32> = []
    private(set) var sendWindow = 65_535
    private(set) var receiveWindow = 65_535
    private(set) var owed = 0
    private var peerInitialWindow = 65_535
    /// What the peer has acknowledged, and what it has been told since (RFC 9113 section 6.5.3).
    private var initialWindow = 65_535
    private var announced: [Int] = []
    private var hasFirstAck = false
    private var input = ByteBuffer()
    private var block: (stream: UInt32, flags: UInt8, bytes: ByteBuffer)?
    private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
    private var decoder = HPACKDecoder(
        allocator: ByteBufferAllocator(),
        maxDynamicTableSize: 4096,
        maxHeaderListSize: 1 << 20
    )
    /// grpc-go's count of PINGs that came without cause.
    private var strikes = 0
    private var mayBePinged = true
    private var hasPinged = false
    /// Whether it pings whenever it gets DATA, as grpc-go does.
    var pingsOnData = true
    /// Where a message is in its five-byte prefix and bytes, for a check of what arrives.
    var onHeaders: (UInt32, HPACKHeaders) -> Void = { _, _ in }
    var onEnd: (UInt32) -> Void = { _ in }
    var onReset: (UInt32, UInt32) -> Void = { _, _ in }
    private(set) var goAways: [(last: UInt32, code: UInt32)] = []

    init(isClient: Bool) {
        self.isClient = isClient
        if isClient { output += Preface.bytes }
        output += Wire.settings()
    }

    func takeOutput(_ count: Int = .max) -> [UInt8] {
        let result = Array(output.prefix(count))
        output.removeFirst(result.count)
        return result
    }

    var hasOutput: Bool { !output.isEmpty }

    private func complain(_ text: String) { if complaints.count < 20 { complaints.append(text) } }

    // MARK: - Sending

    func setInitialWindow(_ size: Int) {
        announced.append(size)
        output += Wire.settings([(4, UInt32(size))])
    }

    func open(_ stream: UInt32, _ headers: HPACKHeaders, body: Int) {
        lastStream = stream
        streams[stream] = Stream(
            outgoing: body,
            endsAfterBody: true,
            sendWindow: peerInitialWindow,
            receiveWindow: initialWindow
        )
        write(headers, stream, end: false)
        pump(stream)
    }

    func answer(_ stream: UInt32, _ headers: HPACKHeaders, body: Int, trailers: HPACKHeaders) {
        guard streams[stream] != nil else { return }
        write(headers, stream, end: false)
        streams[stream]?.outgoing = body
        streams[stream]?.trailers = trailers
        pump(stream)
    }

    func answerTrailersOnly(_ stream: UInt32, _ headers: HPACKHeaders) {
        guard streams[stream] != nil else { return }
        write(headers, stream, end: true)
        ended(stream) { $0.sentEnd = true }
    }

    func reset(_ stream: UInt32) {
        guard streams[stream] != nil else { return }
        output += Wire.reset(8, stream: stream)
        close(stream)
    }

    /// Sends of a body what the windows allow.
    func pump(_ id: UInt32) {
        while var stream = streams[id], !stream.sentEnd,
            stream.outgoing > 0 || stream.endsAfterBody || stream.trailers != nil
        {
            let size = min(stream.outgoing, 16_384, sendWindow, stream.sendWindow)
            if stream.outgoing > 0 {
                guard size > 0 else { return }
                stream.outgoing -= size
                stream.sendWindow -= size
                sendWindow -= size
                mayBePinged = true
                let ends = stream.outgoing == 0 && stream.endsAfterBody
                output += Wire.data(Array(repeating: 0, count: size), stream: id, end: ends)
                streams[id] = stream
                if ends { ended(id) { $0.sentEnd = true } }
            } else if let trailers = stream.trailers {
                write(trailers, id, end: true)
                ended(id) { $0.sentEnd = true }
            } else {
                output += Wire.data([], stream: id, end: true)
                ended(id) { $0.sentEnd = true }
            }
        }
    }

    func pumpAll() { for id in streams.keys.sorted() { pump(id) } }

    /// Gives credit for what was received.
    func giveCredit(connection: Bool = true) {
        if connection, owed > 0 {
            output += Wire.windowUpdate(UInt32(owed))
            receiveWindow += owed
            owed = 0
        }
        // In order: the same seed is to give the same test.
        for (id, stream) in streams.sorted(by: { $0.key < $1.key }) where stream.owed > 0 && !stream.gotEnd {
            output += Wire.windowUpdate(UInt32(stream.owed), stream: id)
            streams[id]?.receiveWindow += stream.owed
            streams[id]?.owed = 0
        }
    }

    private func write(_ headers: HPACKHeaders, _ stream: UInt32, end: Bool) {
        mayBePinged = true
        var block = ByteBuffer()
        do { try encoder.encode(headers: headers, to: &block) } catch { complain("encoding: \(error)") }
        output += Wire.frame(.headers, flags: 4 | (end ? 1 : 0), stream: stream, Array(block.readableBytesView))
    }

    private func ended(_ id: UInt32, _ change: (inout Stream) -> Void) {
        guard var stream = streams[id] else { return }
        change(&stream)
        streams[id] = stream
        if stream.sentEnd, stream.gotEnd { close(id) }
    }

    private func close(_ id: UInt32) {
        streams[id] = nil
        closed.insert(id)
    }

    // MARK: - Receiving

    func receive(_ bytes: ByteBuffer) {
        input.writeImmutableBuffer(bytes)
        if !isClient, closed.isEmpty, lastStream == 0,
            input.getBytes(at: input.readerIndex, length: 24) == Preface.bytes
        {
            input.moveReaderIndex(forwardBy: 24)
        }
        while let header = FrameHeader(input, at: input.readerIndex),
            input.readableBytes >= FrameHeader.size + header.length
        {
            input.moveReaderIndex(forwardBy: FrameHeader.size)
            let payload = input.readSlice(length: header.length) ?? ByteBuffer()
            take(header, payload)
        }
        input.discardReadBytes()
    }

    private func take(_ header: FrameHeader, _ payload: ByteBuffer) {
        if block != nil, header.type != .continuation { complain("a frame inside a header block") }
        let id = header.stream
        switch header.type {
        case .data: takeData(header, id)
        case .headers:
            if header.has(4) { takeBlock(id, header.flags, payload) } else { block = (id, header.flags, payload) }
        case .continuation:
            guard var current = block else { return complain("CONTINUATION of nothing") }
            current.bytes.writeImmutableBuffer(payload)
            block = current
            if header.has(4) {
                block = nil
                takeBlock(current.stream, current.flags, current.bytes)
            }
        case .reset:
            if id > lastStream { complain("RST_STREAM of idle stream \(id)") }
            if let stream = streams[id], !stream.isReset {
                onReset(id, payload.getInteger(at: payload.readerIndex) ?? 0)
                close(id)
            }
        case .windowUpdate: takeWindowUpdate(id, Int(payload.getInteger(at: payload.readerIndex, as: UInt32.self) ?? 0))
        case .settings where !header.has(1): takeSettings(payload)
        case .settings:
            // The first acknowledgement is that of the connection's first SETTINGS.
            guard hasFirstAck else {
                hasFirstAck = true
                return
            }
            guard let size = announced.first else { return complain("an acknowledgement of nothing") }
            announced.removeFirst()
            for id in streams.keys { streams[id]?.receiveWindow += size - initialWindow }
            initialWindow = size
        case .ping: takePing(header, payload)
        case .goAway:
            goAways.append(
                (
                    payload.getInteger(at: payload.readerIndex) ?? 0,
                    payload.getInteger(at: payload.readerIndex + 4) ?? 0
                )
            )
        default: break
        }
    }

    private func takeData(_ header: FrameHeader, _ id: UInt32) {
        receiveWindow -= header.length
        if receiveWindow < 0 { complain("DATA beyond the connection's window by \(-receiveWindow)") }
        owed += header.length
        if header.length > 16_384 { complain("a frame of \(header.length) bytes") }
        if isClient, header.length > 0, pingsOnData, !hasPinged {
            hasPinged = true
            output += Wire.ping()
        }
        if id > lastStream { return complain("DATA on idle stream \(id)") }
        guard var stream = streams[id] else { return }
        if stream.gotEnd { return complain("DATA after the end of stream \(id)") }
        if !stream.gotHeaders { complain("DATA before headers on \(id)") }
        stream.receiveWindow -= header.length
        let slack = max(0, (announced.max() ?? 0) - initialWindow)
        if stream.receiveWindow + slack < 0 {
            complain("DATA beyond the window of stream \(id) by \(-stream.receiveWindow)")
        }
        stream.owed += header.length
        stream.receivedBody += header.length
        streams[id] = stream
        if header.endsStream {
            onEnd(id)
            ended(id) { $0.gotEnd = true }
        }
    }

    private func takeBlock(_ id: UInt32, _ flags: UInt8, _ bytes: ByteBuffer) {
        var bytes = bytes
        let headers: HPACKHeaders
        do { headers = try decoder.decodeHeaders(from: &bytes) } catch { return complain("decoding: \(error)") }
        if !isClient, id > lastStream {
            lastStream = id
            streams[id] = Stream(sendWindow: peerInitialWindow, receiveWindow: initialWindow)
        } else if id > lastStream {
            return complain("HEADERS on idle stream \(id)")
        } else if !isClient, streams[id] == nil, !closed.contains(id) {
            return complain("stream \(id) opened after \(lastStream)")
        }
        guard let stream = streams[id] else { return }
        if stream.gotEnd { return complain("HEADERS after the end of stream \(id)") }
        streams[id]?.gotHeaders = true
        onHeaders(id, headers)
        if flags & 1 != 0 {
            onEnd(id)
            ended(id) { $0.gotEnd = true }
        }
    }

    private func takeWindowUpdate(_ id: UInt32, _ increment: Int) {
        if increment == 0 { complain("WINDOW_UPDATE of nothing") }
        if id == 0 {
            sendWindow += increment
            if sendWindow > 0x7fff_ffff { complain("the connection's window passed 2^31-1") }
        } else {
            if id > lastStream { complain("WINDOW_UPDATE of idle stream \(id)") }
            streams[id]?.sendWindow += increment
            if let window = streams[id]?.sendWindow, window > 0x7fff_ffff { complain("window of \(id) passed 2^31-1") }
        }
        pumpAll()
    }

    private func takeSettings(_ payload: ByteBuffer) {
        var settings = PeerSettings()
        settings.initialWindowSize = peerInitialWindow
        settings.apply(payload)
        for id in streams.keys { streams[id]?.sendWindow += settings.initialWindowSize - peerInitialWindow }
        peerInitialWindow = settings.initialWindowSize
        output += Wire.settings(ack: true)
        pumpAll()
    }

    private func takePing(_ header: FrameHeader, _ payload: ByteBuffer) {
        if header.has(1) {
            hasPinged = false
            return
        }
        output += Wire.ping(Array(payload.readableBytesView), ack: true)
        guard !isClient else { return }
        if mayBePinged {
            mayBePinged = false
            strikes = 0
        } else {
            strikes += 1
            if strikes > 2 { complain("too many pings") }
        }
    }
}
