import Foundation

/// What a word to the agent must be; the same as the agent itself reads.
public enum AgentWordKind: Sendable, Hashable {
    /// Any text, the empty one too.
    case text
    /// The name of a variable.
    case name
    /// A file, whether it is there or not.
    case path
    case number
    /// An exit code.
    case code
    case port
    /// `300s`, `80ms`; at most so many milliseconds.
    case duration(atMost: Int)
    /// `64KiB`, `12`.
    case size
    case signal
    /// What is written: text, `hex:00ff`, `random:SIZE` or `fill:SIZE:x`.
    case bytes
    /// An IP address, never a name: there is no resolver in a container.
    case address

    /// The signals the agent knows, with or without `SIG` before them.
    public static let signals = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "CHLD", "CONT", "STOP", "WINCH",
    ]

    /// Any duration, up to a year.
    static let duration = duration(atMost: 366 * 24 * 3_600_000)

    /// How usage lines name it.
    var placeholder: String {
        switch self {
        case .text: "TEXT"
        case .name: "NAME"
        case .path: "PATH"
        case .number: "N"
        case .port: "PORT"
        case .code: "CODE"
        case .duration: "TIME"
        case .size: "SIZE"
        case .signal: "SIGNAL"
        case .bytes: "BYTES"
        case .address: "ADDRESS"
        }
    }

    /// How messages name it.
    var description: String {
        switch self {
        case .text: "a text"
        case .name: "the name of a variable"
        case .path: "a path"
        case .number: "a number"
        case .code: "a code from 0 to 255"
        case .port: "a port from 1 to 65535"
        case .duration(let limit) where limit <= 3_600_000: "a whole time below 1h such as 10s or 80ms"
        case .duration: "a whole time such as 300s or 80ms"
        case .size: "a size such as 64KiB"
        case .signal: "a signal such as TERM"
        case .bytes: "a text, hex:00ff, random:SIZE or fill:SIZE:x"
        case .address: "an IP address"
        }
    }

    /// Whether the agent takes this word where one of this kind is wanted.
    func accepts(_ word: String) -> Bool {
        switch self {
        case .text: true
        case .name: !word.isEmpty && !word.contains("=")
        case .path: !word.isEmpty
        case .number: Self.number(word) != nil
        case .code: Self.number(word).map { $0 < 256 } ?? false
        case .port: Self.number(word).map { (1...65535).contains($0) } ?? false
        case .duration(let limit): Self.milliseconds(word).map { $0 <= limit } ?? false
        case .size: Self.isSize(word)
        case .signal: Self.signals.contains(word.hasPrefix("SIG") ? String(word.dropFirst(3)) : word)
        case .bytes: Self.areBytes(word)
        case .address: Self.isAddress(word)
        }
    }

    private static func number(_ word: some StringProtocol) -> Int? {
        guard word.utf8.count < 19, word.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(word)
    }

    /// The number a word begins with, and what is behind it.
    private static func quantity(_ word: some StringProtocol) -> (Int, unit: String)? {
        let digits = word.prefix { $0.isASCII && $0.isNumber }
        return number(digits).map { ($0, String(word.dropFirst(digits.count))) }
    }

    private static func milliseconds(_ word: String) -> Int? {
        let scales = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]
        guard let (value, unit) = quantity(word), let scale = scales[unit] else { return nil }
        let (product, overflows) = value.multipliedReportingOverflow(by: scale)
        return overflows ? nil : product
    }

    private static func isSize(_ word: some StringProtocol) -> Bool {
        quantity(word).map { ["", "B", "KiB", "MiB", "GiB"].contains($0.unit) } ?? false
    }

    private static func areBytes(_ word: String) -> Bool {
        if word.hasPrefix("hex:") {
            let digits = word.dropFirst(4)
            return digits.utf8.count.isMultiple(of: 2) && digits.allSatisfy { $0.isASCII && $0.isHexDigit }
        }
        if word.hasPrefix("random:") { return isSize(word.dropFirst(7)) }
        guard word.hasPrefix("fill:") else { return true }
        // The byte is the last one, behind a colon.
        let rest = word.dropFirst(5)
        guard rest.utf8.count >= 3, rest.utf8.dropLast().last == UInt8(ascii: ":") else { return false }
        return isSize(rest.dropLast(2))
    }

    private static func isAddress(_ word: String) -> Bool {
        var v4 = in_addr()
        var v6 = in6_addr()
        return inet_pton(AF_INET, word, &v4) == 1 || inet_pton(AF_INET6, word, &v6) == 1
    }
}
