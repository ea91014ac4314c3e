internal import CRICatalog
internal import NIOCore

/// Reads one call's answer from the blocks and bytes of its stream: a pure state machine.
///
/// It believes nothing: every answer, however wrong, comes to one ``CallEnding``.
struct ResponseReader {
    private enum Phase {
        case waiting
        case body(MessageDeframer)
        case ended
    }

    private let isUnary: Bool
    private let receiveLimit: Int
    private var phase = Phase.waiting
    private var messages = 0

    /// The response's header block.
    private(set) var headers: [(String, String)] = []
    /// The response's trailers.
    private(set) var trailers: [(String, String)] = []

    init(isUnary: Bool, receiveLimit: Int) {
        self.isUnary = isUnary
        self.receiveLimit = receiveLimit
    }

    /// Takes a header block. Returns how the call ended, if it did.
    mutating func read(block: [(String, String)], endStream: Bool) -> CallEnding? {
        switch phase {
        case .ended: return nil
        case .waiting:
            if endStream {
                trailers = block
                let ending = TrailersReader(trailers).ending
                return end(isUnary && ending.code == .ok ? Self.noMessage : ending)
            }
            // 1xx blocks come before the real one and mean nothing to gRPC.
            if let status = value(":status", in: block), status.hasPrefix("1"), status.utf8.count == 3 { return nil }
            headers = block
            if let problem = TrailersReader(block).problemOfHeaders { return end(problem) }
            phase = .body(
                MessageDeframer(limit: receiveLimit, encoding: value("grpc-encoding", in: block) ?? "")
            )
            return nil
        case .body(let deframer):
            trailers = block
            guard endStream else { return end(.malformed("the runtime sent trailers that do not end the stream")) }
            let ending = TrailersReader(trailers).ending
            guard ending.code == .ok else { return end(ending) }
            if let unfinished = deframer.unfinished { return end(Self.cut(unfinished)) }
            if isUnary, messages == 0 { return end(Self.noMessage) }
            return end(ending)
        }
    }

    /// Takes bytes of the body and hands each whole message on. Returns how the call ended, if it did.
    mutating func read(
        bytes: ByteBuffer,
        endStream: Bool,
        _ receive: ([UInt8]) -> Void
    ) -> CallEnding? {
        guard case .body(var deframer) = phase else {
            guard case .waiting = phase else { return nil }
            return end(.malformed("the runtime sent a body before its headers"))
        }
        // The copy in `phase` would make every append below copy the message received so far.
        phase = .ended
        var bytes = bytes
        do {
            while let message = try deframer.next(&bytes) {
                messages += 1
                guard !isUnary || messages == 1 else {
                    return .malformed(
                        "cardinality violation: expected <EOF> for non server-streaming RPCs, but received another message"
                    )
                }
                receive(message)
            }
        } catch {
            return error
        }
        if endStream {
            return deframer.unfinished.map(Self.cut)
                ?? .malformed("server closed the stream without sending trailers")
        }
        phase = .body(deframer)
        return nil
    }

    /// grpc-go's words for it, which kubelet would see.
    private static let noMessage = CallEnding.malformed(
        "cardinality violation: received no response message from non-server-streaming RPC"
    )

    private mutating func end(_ ending: CallEnding) -> CallEnding {
        phase = .ended
        return ending
    }

    private static func cut(_ unfinished: (received: Int, length: Int?)) -> CallEnding {
        guard let length = unfinished.length else {
            return .malformed("unexpected EOF: the stream ended inside a message's prefix")
        }
        return .malformed("unexpected EOF: the stream ended after \(unfinished.received) of \(length) message bytes")
    }
}

func value(_ name: String, in block: [(String, String)]) -> String? {
    block.last { $0.0 == name }?.1
}
