internal import NIOCore

/// The masking of what a WebSocket client sends (RFC 6455 section 5.3).
struct WebSocketMask: Hashable, Sendable {
    private let key: UInt32

    init(_ key: UInt32) { self.key = key }

    static func random() -> Self { Self(.random(in: .min ... .max)) }

    /// The key as it goes over the wire.
    var bytes: UInt32 { key }

    /// Masks, or unmasks, bytes that stand at `offset` in a frame's payload.
    func apply(to bytes: inout [UInt8], offset: Int = 0) {
        let parts = (0..<4).map { place in UInt8(truncatingIfNeeded: key >> UInt32(24 - 8 * ((place + offset) & 3))) }
        let (first, second, third, fourth) = (parts[0], parts[1], parts[2], parts[3])
        bytes.withUnsafeMutableBufferPointer { bytes in
            var index = 0
            while index + 4 <= bytes.count {
                bytes[index] ^= first
                bytes[index + 1] ^= second
                bytes[index + 2] ^= third
                bytes[index + 3] ^= fourth
                index += 4
            }
            while index < bytes.count {
                bytes[index] ^= parts[index & 3]
                index += 1
            }
        }
    }
}
