import CRICatalog
import FaultModel

/// A rule: which calls, what happens to them, when, and what bounds the harm.
extension CaseReader {
    /// The keys of a rule, with one line on each.
    static let ruleKeys: [(key: String, help: String)] = [
        ("id", "its name, unique in the plan"), ("match", "which calls"),
        ("fault", "what happens: {error: UNAVAILABLE}, hang, or a sequence such as 1*off->2*error->1*delay(500ms)"),
        ("faults", "faults that a sequence names"), ("when", "to which of the matching calls"),
        ("ttl", "how long after arming the rule ends; 10m without"), ("budget", "how many calls may be hit"),
        ("dry-run", "true: it only says what it would do"),
    ]

    /// The keys of `when`.
    static let whenKeys: [(key: String, help: String)] = [
        ("calls", "which of the matching calls, counted from 1"),
        ("count-by", "key: calls about one object are counted together; rule: all are"),
        ("probability", "20%, or a number from 0 to 1"), ("window", "when, counted from the arming"),
    ]

    /// The keys of `window`.
    static let windowKeys: [(key: String, help: String)] = [
        ("start", "so long after the arming"), ("length", "how long; to the end of the rule without"),
        ("period", "from one beginning to the next; once without"),
    ]

    /// The keys of `budget`.
    static let budgetKeys: [(key: String, help: String)] = [
        ("in-flight", "calls that may be hit at the same time"), ("total", "calls that may be hit in all"),
    ]

    /// Reads a rule and checks that it can do what it says.
    ///
    /// - Returns: `nil` when something is wrong, which is then reported.
    mutating func faultRule(_ node: Node) -> FaultRule? {
        guard let entries = node.entries else {
            report("a rule is a mapping with id, match and fault", at: node.position)
            return nil
        }
        let before = diagnostics.count
        checkKeys(entries, known: Self.ruleKeys.map(\.key), of: "a rule")
        let id = node["id"].flatMap { ruleID($0) }
        if node["id"] == nil { report("a rule needs 'id', its name", at: node.position) }
        let read = node["match"].map { faultMatch($0) } ?? ReadMatch(position: node.position)
        let isKnown = diagnostics.count == before
        let action = node["fault"].flatMap { faultAction($0, node["faults"], for: read.rpcs) }
        if node["fault"] == nil {
            report("a rule needs 'fault', what happens to the calls", at: node.position)
        }
        var rule = FaultRule(id ?? "", read.match, action ?? FaultSequence([]))
        if let when = node["when"] { self.when(when, &rule) }
        if let ttl = node["ttl"] { timeToLive(ttl, &rule) }
        if let budget = node["budget"] { self.budget(budget, &rule) }
        rule.isDryRun = node["dry-run"].flatMap { flag($0, "dry-run") } ?? false
        if let window = rule.window, window.start >= rule.ttl {
            report(
                "the window opens after the rule has ended (ttl \(rule.ttl.planText)): give the rule a longer 'ttl'",
                at: node["when"]?["window"]?.position ?? node.position
            )
        }
        // What is wrong with a match would be told again in other words.
        if isKnown, let action { checkReach(read, action.faults, at: node["fault"]?.position ?? node.position) }
        return diagnostics.count == before ? rule : nil
    }

    private mutating func ruleID(_ node: Node) -> String? {
        guard let text = plainText(node, "id") else { return nil }
        guard text.utf8.count <= 64, text.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil else {
            report("an id has up to 64 letters, digits, dots, dashes and underscores", at: node.position)
            return nil
        }
        return text
    }

    // MARK: - What happens

    /// One fault, or the written form of a sequence over short forms and named faults.
    private mutating func faultAction(_ node: Node, _ named: Node?, for rpcs: [RPC]) -> FaultSequence? {
        guard let text = node.isNull ? "" : node.scalar else {
            if let named { report("'faults' are for a sequence, which names them: 2*off->1*name", at: named.position) }
            return fault(node, for: rpcs).map { FaultSequence($0) }
        }
        let before = diagnostics.count
        var known = named.map { namedFaults($0, in: text, for: rpcs) } ?? [:]
        guard diagnostics.count == before else { return nil }
        // Words without a short form of their own.
        known["refuse"] = .refuse
        known["blackhole"] = .blackhole
        known["goaway"] = .goAway(GoAway())
        let sequence: FaultSequence
        do { sequence = try FaultSequence(text, named: known) } catch {
            report(error.description, at: node.position)
            return nil
        }
        if sequence.faults.isEmpty {
            report("this does nothing to any call", at: node.position)
            return nil
        }
        return sequence
    }

    private mutating func namedFaults(_ node: Node, in text: String, for rpcs: [RPC]) -> [String: Fault] {
        guard let entries = node.entries, !entries.isEmpty else {
            report("faults is a mapping of names to faults", at: node.position)
            return [:]
        }
        let words = FaultWord.allCases.map(\.rawValue) + ["off"]
        var result: [String: Fault] = [:]
        for entry in entries {
            if entry.key.wholeMatch(of: /[a-z][a-z0-9-]*/) == nil || words.contains(entry.key) {
                report(
                    "a fault's name is lower-case letters, digits and dashes, and no fault of the language's own",
                    at: entry.keyPosition
                )
            } else if !FaultSequence.names(entry.key, in: text) {
                report("the sequence does not name '\(entry.key)'", at: entry.keyPosition)
            }
            result[entry.key] = fault(entry.value, for: rpcs)
        }
        return result
    }

    // MARK: - When, and how much

    private mutating func when(_ node: Node, _ rule: inout FaultRule) {
        guard let entries = node.entries else {
            report("when is a mapping with \(Self.whenKeys.map(\.key).joined(separator: ", "))", at: node.position)
            return
        }
        checkKeys(entries, known: Self.whenKeys.map(\.key), of: "when")
        rule.numbers = node["calls"].flatMap { numbers($0, "calls") }
        if let count = node["count-by"] {
            switch count.scalar {
            case "key": rule.counting = .key
            case "rule": rule.counting = .rule
            default:
                report("count-by is key (calls about one object) or rule (all matching calls)", at: count.position)
            }
        }
        if let probability = node["probability"] {
            if let value = Self.probability(probability.scalar ?? "") {
                rule.probability = value
            } else {
                report(
                    "probability is above 0% and up to 100%, or a number up to 1: 20%, 0.2",
                    at: probability.position
                )
            }
        }
        if let window = node["window"] { self.window(window, &rule) }
    }

    private static func probability(_ text: String) -> Double? {
        let isPercent = text.hasSuffix("%")
        let digits = isPercent ? text.dropLast() : text[...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
            let number = Double(digits)
        else { return nil }
        let value = isPercent ? number / 100 : number
        return value > 0 && value <= 1 ? value : nil
    }

    private mutating func window(_ node: Node, _ rule: inout FaultRule) {
        guard let entries = node.entries else {
            report("window is a mapping with \(Self.windowKeys.map(\.key).joined(separator: ", "))", at: node.position)
            return
        }
        checkKeys(entries, known: Self.windowKeys.map(\.key), of: "a window")
        let start = node["start"].flatMap { span($0, "start") } ?? .zero
        let length = node["length"].flatMap { duration($0, "length") }
        let period = node["period"].flatMap { duration($0, "period") }
        if let period, let periodNode = node["period"] {
            guard let length else {
                report("a period goes with a length", at: periodNode.position)
                return
            }
            if period <= length {
                report(
                    "the next window begins before this one ends: period is longer than length",
                    at: periodNode.position
                )
            }
        }
        rule.window = TimeWindow(start: start, length: length, period: period)
    }

    private mutating func timeToLive(_ node: Node, _ rule: inout FaultRule) {
        guard let ttl = duration(node, "ttl") else { return }
        guard ttl <= FaultRule.ttlLimit else {
            report(
                "no rule lives longer than \(FaultRule.ttlLimit.planText): write up to that, and arm it again",
                at: node.position
            )
            return
        }
        rule.ttl = ttl
    }

    private mutating func budget(_ node: Node, _ rule: inout FaultRule) {
        guard let entries = node.entries, !entries.isEmpty else {
            report("budget is a mapping with in-flight, total or both", at: node.position)
            return
        }
        checkKeys(entries, known: Self.budgetKeys.map(\.key), of: "a budget")
        let standard = FaultRule.Budget()
        rule.budget = FaultRule.Budget(
            inFlight: node["in-flight"].flatMap { count($0, "in-flight", in: 1...65_536) } ?? standard.inFlight,
            total: node["total"].flatMap { count($0, "total", in: 1...1_000_000_000) } ?? standard.total
        )
    }
}

extension FaultSequence {
    /// Whether the written form names a fault.
    fileprivate static func names(_ name: String, in text: String) -> Bool {
        text.split(separator: "->").contains { term in
            let body = term.drop { $0 == " " || $0.isNumber || $0 == "*" }
            return body.prefix { $0 != " " && $0 != "(" } == name
        }
    }
}

extension Duration {
    /// How plans write it and people read it: `80ms`, `10m`.
    public var planText: String { Quantity.describe(nanoseconds: attoseconds / 1_000_000_000) }
}
