/// SplitMix64: the same seed gives the same test on every machine.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Starts at a seed.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// True once in `count`.
    public mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    /// One of them; there must be one.
    public mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: choices.indices, using: &self)]
    }

    /// The bytes with a few changes: flipped, dropped, repeated, cut off or inserted.
    public mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) {
            let position = Int.random(in: 0...result.count, using: &self)
            let end = min(result.count, position + Int.random(in: 1...6, using: &self))
            switch Int.random(in: 0..<6, using: &self) {
            case 0 where position < result.count: result[position] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 1 where position < result.count: result[position] = UInt8.random(in: 0...255, using: &self)
            case 2: result.insert(UInt8.random(in: 0...255, using: &self), at: position)
            case 3: result.removeSubrange(position..<end)
            case 4: result.insert(contentsOf: result[position..<end], at: position)
            default: if oneIn(4) { result.removeSubrange(position...) }
            }
        }
        return result
    }
}
