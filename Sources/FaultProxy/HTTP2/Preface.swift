internal import NIOCore

/// The 24 bytes an HTTP/2 client begins with (RFC 9113 section 3.4), recognised as they come: "P" may also be the
/// beginning of POST (relay-contract 2).
struct Preface {
    static let bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    enum State: Equatable {
        case undecided
        case http2
        case other
    }

    private(set) var state = State.undecided
    private var matched = 0

    /// Looks at the bytes that have come. Returns how many of them belong to the preface.
    mutating func inspect(_ buffer: ByteBuffer) -> Int {
        guard state == .undecided else { return 0 }
        var count = 0
        for byte in buffer.readableBytesView {
            guard byte == Self.bytes[matched] else {
                state = .other
                return count
            }
            matched += 1
            count += 1
            if matched == Self.bytes.count {
                state = .http2
                break
            }
        }
        return count
    }
}
