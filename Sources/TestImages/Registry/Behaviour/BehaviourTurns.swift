/// How often a behaviour has acted since it was set, for those that act only so many times.
struct BehaviourTurns: Sendable, Hashable {
    var answered = 0
    var stalled = 0
    var cut = 0
    var redirected = 0

    /// Takes a turn; `false` when there is none left.
    mutating func take(_ count: WritableKeyPath<BehaviourTurns, Int>, of limit: Int?) -> Bool {
        if let limit, self[keyPath: count] >= limit { return false }
        // Saturates, though nobody asks that often.
        self[keyPath: count] += self[keyPath: count] < .max ? 1 : 0
        return true
    }
}
