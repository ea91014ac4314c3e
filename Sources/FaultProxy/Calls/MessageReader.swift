internal import NIOCore

/// Puts gRPC messages together from the payloads of DATA frames (relay-contract 10).
///
/// Keeps at most one message of ``limit`` bytes and one payload (relay-contract 16).
struct MessageReader {
    /// Larger messages are not read.
    static let limit = 32 << 20
    private static let prefixLength = 5

    /// What came of a payload.
    enum Outcome: Equatable {
        /// These messages are complete now, each with its prefix.
        case messages([ByteBuffer])
        /// A message is too large or compressed; nothing more is read. Those before it were complete.
        case unreadable(after: [ByteBuffer])
    }

    private var partial = ByteBuffer()

    /// What of an unfinished message is there.
    var remainder: ByteBuffer { partial }

    /// Whether the bytes so far end with a message.
    var isBetweenMessages: Bool { partial.readableBytes == 0 }

    /// How many bytes the message under way still lacks; `nil` when there is none, or its length is not known yet.
    var missing: Int? { Self.length(of: partial).map { max(0, $0 - partial.readableBytes) } }

    /// Takes in a payload.
    mutating func read(_ payload: ByteBuffer) -> Outcome {
        if partial.readableBytes == 0 { partial = payload } else { partial.writeImmutableBuffer(payload) }
        var messages: [ByteBuffer] = []
        while partial.readableBytes > 0 {
            // A compressed message cannot be looked into, and what no prefix is, is no message.
            guard partial.getInteger(at: partial.readerIndex, as: UInt8.self) == 0 else {
                return .unreadable(after: messages)
            }
            guard let length = Self.length(of: partial) else { break }
            guard length <= Self.limit else { return .unreadable(after: messages) }
            guard let message = partial.readSlice(length: length) else { break }
            messages.append(message)
        }
        if partial.readableBytes == 0 { partial = ByteBuffer() }
        return .messages(messages)
    }

    private static func length(of bytes: ByteBuffer) -> Int? {
        guard bytes.readableBytes >= prefixLength,
            let length = bytes.getInteger(at: bytes.readerIndex + 1, as: UInt32.self)
        else { return nil }
        return prefixLength + Int(length)
    }
}

extension ByteBuffer {
    /// The bytes of a message without its prefix.
    var messageBytes: [UInt8] { Array(readableBytesView.dropFirst(5)) }

    /// A message with its prefix.
    init(message: [UInt8]) {
        self.init()
        reserveCapacity(message.count + 5)
        writeInteger(UInt8(0))
        writeInteger(UInt32(truncatingIfNeeded: message.count))
        writeBytes(message)
    }
}
