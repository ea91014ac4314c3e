/// A hash that is the same on every machine and in every process, which Swift's own is not: decisions must repeat.
///
/// FNV-1a over the bytes, with SplitMix64's finalizer so that neighbours in (say) a count differ in every bit.
/// Not for hostile keys: a collision makes two keys share a count, nothing worse.
public struct StableHash: Sendable {
    private var state: UInt64

    /// Begins a hash.
    public init(seed: UInt64 = 0) { state = 0xcbf2_9ce4_8422_2325 ^ Self.mix(seed) }

    /// Takes in bytes.
    public mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        // Keeps ("ab", "c") apart from ("a", "bc").
        state = (state ^ 0xff) &* 0x0000_0100_0000_01b3
    }

    /// Takes in text.
    public mutating func combine(_ text: some StringProtocol) { combine(text.utf8) }

    /// Takes in a number.
    public mutating func combine(_ number: UInt64) { state = Self.mix(state ^ number) }

    /// The hash of all that was taken in.
    public var value: UInt64 { Self.mix(state) }

    private static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// The random numbers of one decision: the same decision draws the same ones, in whatever order calls arrive.
public struct Draws: Sendable, RandomNumberGenerator {
    private let base: UInt64
    private var count: UInt64 = 0

    /// The draws that belong to a hash.
    public init(_ base: UInt64) { self.base = base }

    /// The next draw.
    public mutating func next() -> UInt64 {
        var hash = StableHash(seed: base)
        hash.combine(count)
        count &+= 1
        return hash.value
    }

    /// A number from 0 up to and without 1, in steps of 2^-53.
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
