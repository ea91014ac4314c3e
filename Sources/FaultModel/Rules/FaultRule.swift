/// When a fault happens: to which calls, to which of them, for how long and how often at most.
public struct FaultRule: Sendable, Hashable {
    /// What bounds the harm a rule can do, besides its end.
    public struct Budget: Sendable, Hashable {
        /// How many calls may be hit at the same time.
        public var inFlight: Int
        /// How many calls may be hit in all.
        public var total: Int

        /// Creates a budget; without arguments it is far above what a node does in ten minutes.
        public init(inFlight: Int = 256, total: Int = 100_000) {
            self.inFlight = max(0, inFlight)
            self.total = max(0, total)
        }
    }

    /// What the numbers of `numbers` and of a sequence count.
    public enum Counting: String, Sendable {
        /// The matching calls with the same key: those about one object.
        case key
        /// All matching calls. Under load this fixes what happens, not to which call.
        case rule
    }

    /// Every rule ends; without another word after ten minutes.
    public static let defaultTTL = Duration.seconds(600)
    /// No rule lives longer.
    public static let ttlLimit = Duration.seconds(86_400)

    /// Its name, unique in its plan.
    public var id: String
    /// Which calls.
    public var match: Match
    /// What happens to them.
    public var action: FaultSequence
    /// Which of the matching calls, by number; all without it. Numbers and sequence count the same row: with both,
    /// the sequence's nth term is for the nth matching call, whether the numbers name it or not.
    public var numbers: NumberSet?
    /// What is counted.
    public var counting: Counting
    /// How likely, from 0 to 1. Zero means never.
    public var probability: Double
    /// When, counted from the arming.
    public var window: TimeWindow?
    /// How long after its arming the rule ends, and with it everything it holds.
    public var ttl: Duration
    /// How much it may do.
    public var budget: Budget
    /// Whether it only says what it would do.
    public var isDryRun: Bool

    /// Creates a rule.
    public init(
        _ id: String,
        _ match: Match,
        _ action: FaultSequence,
        numbers: NumberSet? = nil,
        counting: Counting = .key,
        probability: Double = 1,
        window: TimeWindow? = nil,
        ttl: Duration = FaultRule.defaultTTL,
        budget: Budget = Budget(),
        isDryRun: Bool = false
    ) {
        self.id = id
        self.match = match
        self.action = action
        self.numbers = numbers
        self.counting = counting
        self.probability = probability.isNaN ? 0 : min(max(0, probability), 1)
        self.window = window
        self.ttl = min(max(.zero, ttl), Self.ttlLimit)
        self.budget = budget
        self.isDryRun = isDryRun
    }

    /// Whether it is about connections as such and about no call: it asks nothing of one, and its faults are put on
    /// connections.
    public var isAboutConnections: Bool {
        match.isAboutConnections && !action.faults.isEmpty && action.faults.allSatisfy { $0.target == .connection }
    }

    /// Creates a rule with one fault.
    public init(_ id: String, _ match: Match, _ fault: Fault) { self.init(id, match, FaultSequence(fault)) }
}
