/// A Kubernetes minor release such as `1.31`, the version by which the CRI's fields come into being.
public struct KubernetesMinor: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number before the dot; `1` in every release so far.
    public let major: Int
    /// The number after the dot, compared as a number: `1.9` is older than `1.31`.
    public let minor: Int

    /// Creates a minor from its two numbers.
    public init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `"1.31"` (a leading `v` is accepted); `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let digits = text.first == "v" ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...3).contains($0.count) && $0.utf8.allSatisfy(isDigit) }),
            let major = Int(parts[0]), let minor = Int(parts[1])
        else { return nil }
        self.init(major: major, minor: minor)
    }

    /// The older release is the smaller one.
    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// How messages show it.
    public var description: String { "\(major).\(minor)" }
}

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
