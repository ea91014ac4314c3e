internal import CRICatalog
public import FaultProxy
internal import Histogram

/// What a ledger comes to: counts of every call, and the calls that rules touched, as many as a page can show.
///
/// Its memory is bounded, however long the ledger is.
public struct LedgerSummary: Sendable {
    /// So many calls are shown one by one.
    public static let callLimit = 2000
    /// More different methods, and rules, than this count together.
    static let nameLimit = 200
    /// So many runs are told apart.
    static let runLimit = 10_000
    /// So many lines that could not be read are named.
    static let problemLimit = 20

    struct Method: Sendable {
        var calls = 0
        var touched = 0
        /// Touched, and its client got something else than OK.
        var failed = 0
        var unanswered = 0
        var untouched = Histogram<UInt64>(
            highestTrackableValue: LedgerSummary.longest,
            numberOfSignificantValueDigits: .two
        )
        var bins = BinnedCounts()
    }

    struct Rule: Sendable {
        var touched = 0
        var dry = 0
        var faults: [String: Int] = [:]
        var notExecuted = 0
        var unanswered = 0
    }

    /// A day: whatever takes longer is told as that in percentiles.
    static let longest: UInt64 = 86_400_000_000
    static let other = "(others)"

    private(set) var calls = 0
    private(set) var touched = 0
    private(set) var dry = 0
    private(set) var failed = 0
    private(set) var notExecuted = 0
    private(set) var unanswered = 0
    private(set) var unknown = 0
    private(set) var notes: [String: Int] = [:]
    /// Messages of streams that rules had hold of and no client was sent.
    private(set) var droppedMessages: UInt64 = 0
    /// Connections that rules about connections had hold of.
    private(set) var connections = 0
    /// Connections of sessions that a rule stood in, and those of them that it broke.
    private(set) var sessions = (all: 0, broken: 0)
    private(set) var methods: [String: Method] = [:]
    private(set) var rules: [String: Rule] = [:]
    private(set) var shown: [RecordedCall] = []
    private(set) var all = BinnedCounts()
    private(set) var bins = TimeBins()
    private(set) var firstTime = Double.infinity
    private(set) var lastTime = -Double.infinity
    private(set) var seeds: [String] = []
    private var runNames: Set<String> = []
    /// How many runs of a proxy the lines are of, ``runLimit`` at most.
    var runs: Int { runNames.count }
    /// Calls after the last one that a rule touched, and those of them that did not end with OK.
    private(set) var after = (calls: 0, failed: 0)
    /// Lines that cannot be read, and the first of them with their places.
    public private(set) var brokenLines = 0
    /// The first of them, with their places.
    public private(set) var problems: [String] = []
    /// The files whose last line is cut off.
    public private(set) var cutOff: [String] = []

    /// Nothing yet.
    public init() {}

    /// Takes a line of a ledger.
    ///
    /// - Parameters:
    ///   - file: the file as messages name it.
    ///   - number: the number of the line, from 1.
    public mutating func add(_ line: LedgerReader.Line, file: String, number: Int) {
        switch line {
        case .call(let call): add(call)
        case .connection(let connection):
            if connection.decisions.contains(where: { !$0.isDryRun }) { connections += 1 }
            for decision in connection.decisions {
                rules[Self.name(decision.rule, rules), default: Rule()].add(decision)
            }
        case .session(let session):
            sessions.all += 1
            if session.hasStruck { sessions.broken += 1 }
        case .run(let name, let seed):
            if runNames.count < Self.runLimit { runNames.insert(name) }
            if let seed, seeds.count < 5, !seeds.contains(seed) { seeds.append(seed) }
        case .broken(let problem):
            brokenLines += 1
            if problems.count < Self.problemLimit { problems.append(Text.line("\(file):\(number): \(problem)", 600)) }
        case .cutOff: cutOff.append("\(file):\(number)")
        }
    }

    private mutating func add(_ call: RecordedCall) {
        calls += 1
        (firstTime, lastTime) = (min(firstTime, call.began), max(lastTime, call.time))
        let isOK = call.answer == .status(0)
        let isTouched = call.isInterfered
        if isTouched {
            after = (0, 0)
        } else {
            after.calls += 1
            if !isOK { after.failed += 1 }
        }
        droppedMessages &+= call.dropped
        if let note = call.note { notes[Text.line(note, 80), default: 0] += 1 }
        let bin = bins.bin(call.time)
        let count: (inout TimeBins.Counts) -> Void = { counts in
            if !isTouched { counts.plain += 1 } else if isOK { counts.survived += 1 } else { counts.failed += 1 }
        }
        all.add(bin, width: bins.width, count)
        methods[Self.name(call.method, methods), default: Method()].add(call, isOK, bin, bins.width, count)
        if isTouched { addTouched(call, isOK) } else if !call.decisions.isEmpty { dry += 1 }
        for decision in call.decisions {
            rules[Self.name(decision.rule, rules), default: Rule()].add(decision, call)
        }
        if !call.decisions.isEmpty, shown.count < Self.callLimit { shown.append(call) }
    }

    private mutating func addTouched(_ call: RecordedCall, _ isOK: Bool) {
        touched += 1
        if !isOK { failed += 1 }
        switch call.execution {
        case .no: notExecuted += 1
        case .unknown: unknown += 1
        case .yes: if call.isExecutedUnanswered { unanswered += 1 }
        }
    }

    private static func name<Value>(_ name: String, _ known: [String: Value]) -> String {
        let name = Text.line(name, 120)
        return known[name] != nil || known.count < nameLimit ? name : other
    }
}

extension LedgerSummary.Method {
    fileprivate mutating func add(
        _ call: RecordedCall,
        _ isOK: Bool,
        _ bin: Int64,
        _ width: Int64,
        _ count: (inout TimeBins.Counts) -> Void
    ) {
        calls += 1
        bins.add(bin, width: width, count)
        guard call.isInterfered else {
            untouched.record(min(max(1, call.microseconds), LedgerSummary.longest))
            return
        }
        touched += 1
        if !isOK { failed += 1 }
        if call.isExecutedUnanswered { unanswered += 1 }
    }
}

extension LedgerSummary.Rule {
    fileprivate mutating func add(_ decision: RecordedCall.Decision) {
        if decision.isDryRun { dry += 1 } else { touched += 1 }
        faults[Text.line(decision.fault, 40), default: 0] += 1
    }

    fileprivate mutating func add(_ decision: RecordedCall.Decision, _ call: RecordedCall) {
        add(decision)
        guard !decision.isDryRun else { return }
        if call.execution == .no { notExecuted += 1 }
        if call.isExecutedUnanswered { unanswered += 1 }
    }
}

extension RecordedCall {
    /// When its headers came, in milliseconds since 1970.
    var began: Double { max(0, time - Double(microseconds) / 1000) }
}
