/// A stretch of time in which a rule acts, counted from the moment it was armed.
public struct TimeWindow: Sendable, Hashable {
    /// When it begins.
    public var start: Duration
    /// How long it lasts; without it, to the end of the rule.
    public var length: Duration?
    /// The distance from one beginning to the next; without it there is one window.
    public var period: Duration?

    /// Creates a window.
    public init(start: Duration = .zero, length: Duration? = nil, period: Duration? = nil) {
        self.start = start
        self.length = length
        self.period = period
    }

    /// Whether the window is open this long after arming.
    public func isOpen(at age: Duration) -> Bool {
        guard age >= start else { return false }
        guard let length else { return true }
        var phase = (age - start).attoseconds
        if let period, period > .zero { phase %= period.attoseconds }
        return phase < length.attoseconds
    }
}
