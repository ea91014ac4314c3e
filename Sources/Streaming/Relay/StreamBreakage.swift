/// What a ``StreamRelay`` does to the streams that go through it.
public enum StreamBreakage: Sendable, Hashable {
    /// Which bytes are meant.
    public enum Side: String, Sendable, Hashable {
        /// What the client sends: stdin, and bytes to a port.
        case input
        /// What the server sends: stdout, stderr, and bytes from a port.
        case output
    }

    /// So many bytes of a connection's data arrive, the rest is swallowed, and everything else goes on as if nothing were
    /// missing: ends, exit codes, resizes.
    case truncate(Side, after: Int)
    /// So many bytes arrive, then nothing more goes this way.
    case stall(Side, after: Int)
    /// Both ends are reset once so many bytes of data went either way.
    case reset(after: Int)
    /// What is written to stdout arrives as stderr, and the other way round.
    case swap

    /// The words of the command line.
    public static let words =
        "truncate-input, truncate-output, stall-input, stall-output, reset (each with =BYTES), swap"

    /// Reads `truncate-output=4096`, `stall-input=0`, `reset=100`, `swap`.
    ///
    /// - Returns: `nil` for anything else; bytes are a number from 0 to 2^31.
    public init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if text == "swap" {
            self = .swap
            return
        }
        guard parts.count == 2, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bytes = Int(parts[1]),
            bytes <= 1 << 31
        else { return nil }
        switch parts[0] {
        case "truncate-input": self = .truncate(.input, after: bytes)
        case "truncate-output": self = .truncate(.output, after: bytes)
        case "stall-input": self = .stall(.input, after: bytes)
        case "stall-output": self = .stall(.output, after: bytes)
        case "reset": self = .reset(after: bytes)
        default: return nil
        }
    }
}

extension StreamBreakage: CustomStringConvertible {
    /// As it is read.
    public var description: String {
        switch self {
        case .truncate(let side, let bytes): "truncate-\(side.rawValue)=\(bytes)"
        case .stall(let side, let bytes): "stall-\(side.rawValue)=\(bytes)"
        case .reset(let bytes): "reset=\(bytes)"
        case .swap: "swap"
        }
    }
}
