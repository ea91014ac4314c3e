/// Which of a row of calls or messages are meant, counted from 1: `3`, `2..5`, `4+` (from the fourth on), `1..9+2`
/// (every second), and several of these with commas. The grammar is that of strace's `when=`.
public struct NumberSet: Sendable, Hashable, CustomStringConvertible {
    /// One stretch of numbers.
    public struct Stretch: Sendable, Hashable {
        /// The first number, from 1.
        public let first: Int
        /// The last number; `nil` for no end.
        public let last: Int?
        /// The distance from one to the next, at least 1.
        public let step: Int

        /// Creates a stretch; numbers below 1 become 1, and a last one before the first becomes the first.
        public init(_ first: Int, _ last: Int? = nil, step: Int = 1) {
            self.first = max(1, first)
            self.last = last.map { max($0, max(1, first)) }
            self.step = max(1, step)
        }

        func contains(_ number: Int) -> Bool {
            number >= first && number <= last ?? .max && (number - first) % step == 0
        }
    }

    /// More stretches are refused.
    public static let limit = 64

    /// The stretches; a number in any of them is meant.
    public let stretches: [Stretch]

    /// Creates a set; of more than ``limit`` stretches the rest is left out.
    public init(_ stretches: [Stretch]) { self.stretches = Array(stretches.prefix(Self.limit)) }

    /// Creates a set of single numbers.
    public init(_ numbers: Int...) { self.init(numbers.map { Stretch($0, $0) }) }

    /// Reads the written form; `nil` when it is none.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= Self.limit else { return nil }
        var stretches: [Stretch] = []
        for part in parts {
            guard let stretch = Self.stretch(part.drop { $0 == " " }) else { return nil }
            stretches.append(stretch)
        }
        self.init(stretches)
    }

    /// Whether a number is meant.
    public func contains(_ number: Int) -> Bool { stretches.contains { $0.contains(number) } }

    /// The written form.
    public var description: String {
        stretches.map { stretch in
            switch (stretch.last, stretch.step) {
            case (stretch.first, _): "\(stretch.first)"
            case (nil, 1): "\(stretch.first)+"
            case (nil, let step): "\(stretch.first)+\(step)"
            case (let last?, 1): "\(stretch.first)..\(last)"
            case (let last?, let step): "\(stretch.first)..\(last)+\(step)"
            }
        }.joined(separator: ",")
    }

    private static func stretch(_ text: some StringProtocol) -> Stretch? {
        let plus = text.firstIndex(of: "+")
        let range = text[..<(plus ?? text.endIndex)]
        let stepText = plus.map { text[text.index(after: $0)...] }
        guard let step = stepText.map({ $0.isEmpty ? 1 : Self.number($0) }) ?? 1 else { return nil }
        let dots = range.firstRange(of: "..")
        guard let first = Self.number(range[..<(dots?.lowerBound ?? range.endIndex)]) else { return nil }
        guard let dots else { return Stretch(first, plus == nil ? first : nil, step: step) }
        guard let last = Self.number(range[dots.upperBound...]), last >= first else { return nil }
        return Stretch(first, last, step: step)
    }

    /// Digits only: `Int` itself would take a sign.
    private static func number(_ text: some StringProtocol) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), number >= 1 else {
            return nil
        }
        return number
    }
}
