internal import CRICatalog
internal import NIOCore

/// Cuts gRPC's length-prefixed messages out of the bytes of a stream.
///
/// A message's length is believed only as far as its bytes have come: memory follows what was received, and a length
/// over the limit ends the call at its prefix.
struct MessageDeframer {
    private static let prefixLength = 5
    private static let eagerCapacity = 1 << 20

    private let limit: Int
    private let encoding: String
    private var prefix: [UInt8] = []
    private var body: [UInt8] = []
    private var expected: Int?

    /// - Parameter encoding: the answer's `grpc-encoding`, empty when it has none.
    init(limit: Int, encoding: String) {
        self.limit = limit
        self.encoding = encoding
    }

    /// What of an unfinished message is there: the bytes received and, once its prefix is complete, its length.
    var unfinished: (received: Int, length: Int?)? {
        prefix.isEmpty ? nil : (body.count, expected)
    }

    /// The next whole message, or `nil` when the bytes are used up.
    mutating func next(_ bytes: inout ByteBuffer) throws(CallEnding) -> [UInt8]? {
        if expected == nil {
            while prefix.count < Self.prefixLength, let byte = bytes.readInteger(as: UInt8.self) { prefix.append(byte) }
            guard prefix.count == Self.prefixLength else { return nil }
            expected = try length()
            body.reserveCapacity(min(expected ?? 0, Self.eagerCapacity))
        }
        guard let expected else { return nil }
        let wanted = min(expected - body.count, bytes.readableBytes)
        if wanted > 0 {
            bytes.readWithUnsafeReadableBytes { readable in
                body.append(contentsOf: readable.prefix(wanted))
                return wanted
            }
        }
        guard body.count == expected else { return nil }
        let message = body
        body = []
        prefix = []
        self.expected = nil
        return message
    }

    private func length() throws(CallEnding) -> Int {
        switch prefix[0] {
        case 0: break
        case 1 where encoding.isEmpty || encoding == "identity":
            throw .malformed("grpc: compressed flag set with identity or empty encoding")
        case 1:
            throw .malformed("grpc: a message is compressed with '\(encoding)', which was not offered")
        default:
            throw .malformed("grpc: received unexpected payload format \(prefix[0])")
        }
        let length = prefix[1...].reduce(0) { $0 << 8 | Int($1) }
        guard length <= limit else {
            throw CallEnding(
                .resourceExhausted,
                "grpc: received message larger than max (\(length) vs. \(limit))",
                .limit
            )
        }
        return length
    }
}
