internal import NIOCore

/// Takes the bytes of one connection apart, breaks them as asked and puts them together again. No I/O.
struct RelayEditor {
    /// What is to be done with what came, in order.
    enum Output {
        case pass(ByteBuffer)
        case stall
        case reset
    }

    private typealias Side = StreamBreakage.Side

    /// What a stream is for.
    private enum Role: String {
        case stdin, stdout, stderr, data
    }

    /// One direction.
    private struct Way {
        var buffer = ByteBuffer()
        var cutter: (any RelayCutter)?
        /// The request or the response has passed.
        var isPastHead = false
        /// Nothing here is a stream: it passes as it is.
        var isOpaque = false
        var passed = 0
        /// Channels of port-forward on which the port was said.
        var greeted: Set<UInt32> = []
    }

    private static let headLimit = 64 << 10

    private let breakage: StreamBreakage
    private let isForward: Bool
    private let headers: SPDYHeaderDecompressor
    private var isWebSocket = false
    private var ways: [StreamBreakage.Side: Way] = [.input: Way(), .output: Way()]
    /// Of SPDY, by the headers each was opened with.
    private var roles: [UInt32: Role] = [:]

    /// - Parameter isForward: whether the connection forwards ports.
    init(_ breakage: StreamBreakage, isForward: Bool) throws(StreamingError) {
        self.breakage = breakage
        self.isForward = isForward
        headers = try SPDYHeaderDecompressor(limit: Self.headLimit)
    }

    /// What becomes of bytes that came.
    mutating func edit(_ bytes: ByteBuffer, from side: StreamBreakage.Side) throws(StreamingError) -> [Output] {
        guard var way = ways[side] else { return [] }
        way.buffer.discardReadBytes()
        way.buffer.writeImmutableBuffer(bytes)
        var outputs: [Output] = []
        if !way.isPastHead {
            guard let head = try self.head(&way, side) else {
                ways[side] = way
                return []
            }
            outputs.append(.pass(head))
        }
        if way.isOpaque {
            outputs.append(.pass(way.buffer))
            way.buffer.clear()
        } else {
            var cutter: any RelayCutter = way.cutter ?? (isWebSocket ? WebSocketCutter() : SPDYCutter())
            while let piece = try cutter.next(&way.buffer) { outputs += try output(piece, side, &way) }
            way.cutter = cutter
        }
        ways[side] = way
        return outputs
    }

    private mutating func head(_ way: inout Way, _ side: Side) throws(StreamingError) -> ByteBuffer? {
        guard let end = way.buffer.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else {
            guard way.buffer.readableBytes <= Self.headLimit else { throw .limit("an HTTP head without an end") }
            return nil
        }
        guard let head = way.buffer.readSlice(length: end - way.buffer.readerIndex) else { return nil }
        way.isPastHead = true
        let text = String(buffer: head).lowercased()
        switch side {
        case .input: isWebSocket = text.contains("\r\nupgrade: websocket")
        case .output: way.isOpaque = !text.hasPrefix("http/1.1 101 ")
        }
        return head
    }

    private mutating func output(_ piece: RelayPiece, _ side: Side, _ way: inout Way) throws(StreamingError) -> [Output]
    {
        switch piece {
        case .verbatim(let bytes): return [.pass(bytes)]
        case .opening(let stream, let block, let bytes):
            if side == .input {
                let type = try headers.decompress(block).first { $0.name == "streamtype" }?.value ?? ""
                roles[stream] = Role(rawValue: type)
            }
            return [.pass(bytes)]
        case .data(let stream, let bytes, let form):
            let role = role(of: stream, side, &way)
            let (kept, then) = broken(bytes, role, side, &way)
            let target = role.map { swapped(stream, $0) } ?? stream
            let frame = form.frame(stream: target, kept, wasEmpty: bytes.readableBytes == 0)
            return (frame.readableBytes > 0 ? [.pass(frame)] : []) + then
        }
    }

    /// What a stream is for; `nil` when it carries no data, or none in this direction.
    private func role(of stream: UInt32, _ side: Side, _ way: inout Way) -> Role? {
        let role: Role?
        if !isWebSocket {
            role = roles[stream]
        } else if isForward {
            // Each channel begins with its port.
            let isGreeted = !way.greeted.insert(stream).inserted
            role = stream.isMultiple(of: 2) && isGreeted ? .data : nil
        } else {
            role = [0: .stdin, 1: .stdout, 2: .stderr][stream]
        }
        return switch role {
        case .stdin: side == .input ? role : nil
        case .stdout, .stderr: side == .output ? role : nil
        case .data, nil: role
        }
    }

    /// The part of the data that goes on, and what happens then.
    private func broken(_ bytes: ByteBuffer, _ role: Role?, _ side: Side, _ way: inout Way) -> (ByteBuffer, [Output]) {
        guard role != nil else { return (bytes, []) }
        let limit: Int
        let then: [Output]
        switch breakage {
        case .swap: return (bytes, [])
        case .truncate(side, let after): (limit, then) = (after, [])
        case .stall(side, let after): (limit, then) = (after, [.stall])
        case .reset(let after): (limit, then) = (after, [.reset])
        default: return (bytes, [])
        }
        var rest = bytes
        let kept = rest.readSlice(length: min(rest.readableBytes, max(0, limit - way.passed))) ?? ByteBuffer()
        way.passed += bytes.readableBytes
        // One that sends exactly so many loses nothing.
        return (kept, way.passed > limit ? then : [])
    }

    private func swapped(_ stream: UInt32, _ role: Role) -> UInt32 {
        guard breakage == .swap, role == .stdout || role == .stderr else { return stream }
        let other: Role = role == .stdout ? .stderr : .stdout
        if isWebSocket { return other == .stdout ? 1 : 2 }
        // A terminal has no stderr to take it for.
        return roles.first { $0.value == other }?.key ?? stream
    }
}
