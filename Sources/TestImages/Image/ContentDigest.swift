import Crypto
import NIOCore

/// The digest content is addressed by, `sha256:` and 64 lower-case hex digits (OCI image specification, descriptor).
///
/// `sha512` is read too, because a client may ask for it; nothing here is ever stored under it.
public struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
    /// The whole digest, algorithm included.
    public let description: String

    /// The hex digits alone: some tools show an image id without its algorithm.
    public var hex: String { String(description.drop { $0 != ":" }.dropFirst()) }

    /// Reads a digest; `nil` unless it is a registered algorithm with the right number of lower-case hex digits.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let digits: Int
        switch String(decoding: parts[0], as: UTF8.self) {
        case "sha256": digits = 64
        case "sha512": digits = 128
        default: return nil
        }
        guard parts[1].count == digits, parts[1].allSatisfy(Self.isLowercaseHex) else { return nil }
        description = String(text)
    }

    /// The SHA-256 of these bytes.
    init(sha256Of bytes: ByteBuffer) {
        var hasher = SHA256()
        bytes.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
        let digits = Array("0123456789abcdef".utf8)
        var hex: [UInt8] = []
        for byte in hasher.finalize() {
            hex.append(digits[Int(byte >> 4)])
            hex.append(digits[Int(byte & 15)])
        }
        description = "sha256:" + String(decoding: hex, as: UTF8.self)
    }

    private static func isLowercaseHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
