import NIOCore
import Testing

@testable import Streaming

/// The server's side of a SPDY connection, as a script drives it.
final class FakeSPDY {
    let peer: FakePeer
    private var decoder = SPDYFrameDecoder(controlFrameLimit: 1 << 20)
    private let compressor: SPDYHeaderCompressor
    private let decompressor: SPDYHeaderDecompressor
    /// The ids of the client's streams by their `streamtype`.
    private(set) var ids: [String: UInt32] = [:]
    private var pending: [SPDYFrame] = []

    private init(_ peer: FakePeer) throws {
        self.peer = peer
        compressor = try SPDYHeaderCompressor()
        decompressor = try SPDYHeaderDecompressor(limit: 1 << 20)
        decoder.append(peer.rest)
    }

    /// Reads the request and agrees to it.
    ///
    /// - Parameter chosen: the sub-protocol that the answer names.
    static func upgrade(_ peer: FakePeer, chosen: String? = "v4.channel.k8s.io") async throws -> FakeSPDY {
        try await peer.request()
        let header = chosen.map { "X-Stream-Protocol-Version: \($0)\r\n" } ?? ""
        try await peer.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\(header)\r\n"
        )
        return try FakeSPDY(peer)
    }

    /// The next frame or piece that is not a SYN_STREAM being awaited by ``accept(_:)``; `nil` when the client closed.
    func next() async throws -> SPDYFrame? {
        while true {
            if let frame = try decoder.next() { return frame }
            guard let more = try await peer.read() else { return nil }
            decoder.append(more)
        }
    }

    /// The headers of the next SYN_STREAM, with its id.
    func nextStream() async throws -> (id: UInt32, headers: [String: String])? {
        while let frame = try await nextFrame() {
            if case .synStream(let id, let headers) = frame { return (id, headers) }
        }
        return nil
    }

    /// A frame, with the headers of a SYN_STREAM read.
    enum Read {
        case synStream(id: UInt32, headers: [String: String])
        case other(SPDYFrame)
    }

    /// The next frame or piece of any kind; `nil` when the client closed.
    func nextFrame() async throws -> Read? {
        guard let frame = try await next() else { return nil }
        guard case .synStream(let id, _, let block) = frame else { return .other(frame) }
        let headers = try decompressor.decompress(block)
        return .synStream(id: id, headers: Dictionary(headers.map { ($0.name, $0.value) }) { first, _ in first })
    }

    /// Waits for so many streams and answers each.
    func accept(_ count: Int) async throws {
        for _ in 0..<count {
            let stream = try #require(await nextStream())
            ids[stream.headers["streamtype"] ?? ""] = stream.id
            try await reply(stream.id)
        }
    }

    /// The id of the stream of this type.
    func id(_ type: String) throws -> UInt32 { try #require(ids[type], "no stream of type \(type)") }

    func send(_ frame: SPDYFrame) async throws { try await peer.send(SPDYFrameEncoder.encode(frame)) }

    func reply(_ id: UInt32, flags: SPDYFlags = []) async throws {
        try await send(.synReply(id: id, flags: flags, block: compressor.compress([])))
    }

    /// A compressed block, for frames that a script makes itself.
    func block(_ headers: [SPDYHeader]) throws -> ByteBuffer { try compressor.compress(headers) }

    func send(_ bytes: [UInt8], on type: String, isFinal: Bool = false) async throws {
        try await send(.data(id: id(type), bytes: ByteBuffer(bytes: bytes), isFinal: isFinal))
    }

    func send(_ text: String, on type: String, isFinal: Bool = false) async throws {
        try await send(Array(text.utf8), on: type, isFinal: isFinal)
    }

    /// All bytes of a stream up to its last frame.
    func collect(_ type: String) async throws -> [UInt8] {
        var all: [UInt8] = []
        let wanted = try id(type)
        while let frame = try await next() {
            guard case .data(wanted, let bytes, let isFinal) = frame else { continue }
            all += bytes.readableBytesView
            if isFinal { return all }
        }
        throw ChannelError.eof
    }

    /// Ends the session as Kubernetes' servers do: resets what they have not finished, goes away, closes.
    func close(resetting types: [String] = []) async throws {
        for type in types { try await send(.rstStream(id: id(type), status: .cancel)) }
        try await send(.goAway(lastGood: 0, status: 0))
    }
}
