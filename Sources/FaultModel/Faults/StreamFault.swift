/// Parameters of `stream`: what happens to the messages of a server stream.
public struct StreamFault: Sendable, Hashable {
    /// What happens to a message.
    public enum Effect: Sendable, Hashable {
        /// It never arrives.
        case swallow
        /// It and all after it are held for this long, then come in one burst.
        case hold(Duration)
        /// It waits until this many messages are together, which then arrive last first.
        case reorder(Int)
        /// It arrives this many times in all.
        case `repeat`(Int)
        /// It and all after it never arrive: the stream ends with OK instead.
        case endEarly
        /// It arrives changed.
        case mutate([Mutation])
    }

    /// The largest group that ``Effect/reorder(_:)`` waits for, and the most copies of ``Effect/repeat(_:)``.
    public static let groupLimit = 1024

    /// Which messages of the stream, counted from 1; all without numbers.
    public var messages: NumberSet?
    /// What happens to them.
    public var effect: Effect

    /// Creates a fault of a server stream.
    public init(_ effect: Effect, messages: NumberSet? = nil) {
        self.effect = effect
        self.messages = messages
    }

    /// Whether the nth message of the stream, from 1, is one of those meant.
    public func concerns(_ number: Int) -> Bool { messages?.contains(number) ?? true }
}

/// Parameters of `bytes`: what happens to an exec, attach or port-forward session after some bytes.
public struct ByteFault: Sendable, Hashable {
    /// What happens then.
    public enum Effect: String, Sendable, CaseIterable {
        /// Nothing goes through any more.
        case stall
        /// The connection is reset.
        case reset
        /// The direction ends as if the sender had finished.
        case truncate
    }

    /// After how many bytes.
    public var bytes: Int
    /// What happens then.
    public var effect: Effect
    /// The direction whose bytes are counted and hit; both without one.
    public var direction: Direction?

    /// Creates a fault of a session.
    public init(_ effect: Effect, after bytes: Int, direction: Direction? = nil) {
        self.effect = effect
        self.bytes = max(0, bytes)
        self.direction = direction
    }
}
