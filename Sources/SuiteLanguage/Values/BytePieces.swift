import AgentProtocol

/// Bytes in pieces of at most 64 KiB, for more of them than should be in memory at once.
public struct BytePieces: Sequence, Sendable {
    private enum Source: Sendable {
        case generated(GeneratedBytes)
        case bytes([UInt8])
    }

    private static let limit = 1 << 16
    private let source: Source

    /// Bytes that are made while they are read.
    public init(_ generated: GeneratedBytes) { source = .generated(generated) }

    /// Bytes that are there.
    public init(_ bytes: [UInt8]) { source = .bytes(bytes) }

    /// The pieces, from the first.
    public func makeIterator() -> AnyIterator<[UInt8]> {
        switch source {
        case .generated(.random(let size)):
            var pieces = RandomPieces(size: size)
            return AnyIterator { pieces.next(Self.limit) }
        case .generated(.fill(let byte, let size)):
            var left = size
            return AnyIterator {
                guard left > 0 else { return nil }
                let count = Swift.min(left, Self.limit)
                left -= count
                return [UInt8](repeating: byte, count: count)
            }
        case .bytes(let bytes):
            var rest = bytes[...]
            return AnyIterator {
                guard !rest.isEmpty else { return nil }
                defer { rest = rest.dropFirst(Self.limit) }
                return Array(rest.prefix(Self.limit))
            }
        }
    }
}
