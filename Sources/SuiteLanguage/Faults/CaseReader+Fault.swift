import CRICatalog
import FaultModel

/// One fault: its word and its parameters.
extension CaseReader {
    /// What stands behind a fault's word, by key.
    typealias FaultParameters = [String: Node]

    /// Reads `{error: UNAVAILABLE}`.
    ///
    /// - Parameter rpcs: the calls it may happen to, which type what it says about messages.
    /// - Returns: `nil` when something is wrong, which is then reported.
    mutating func fault(_ node: Node, for rpcs: [RPC]) -> Fault? {
        guard let entries = node.entries, let entry = entries.first else {
            report("a fault is a mapping of its name to its parameters, {error: UNAVAILABLE}", at: node.position)
            return nil
        }
        guard entries.count == 1 else {
            report("one fault at a time, this names \(entries.map(\.key).joined(separator: ", "))", at: node.position)
            return nil
        }
        guard let word = FaultWord(rawValue: entry.key) else {
            let words = FaultWord.allCases.map(\.rawValue)
            let hint = Spelling.suggestion(for: entry.key, among: words)
            let list = hint.isEmpty ? "; there are \(words.joined(separator: ", "))" : hint
            report("there is no fault '\(entry.key)'\(list)", at: entry.keyPosition)
            return nil
        }
        guard let given = parameters(of: word, entry.value) else { return nil }
        let before = diagnostics.count
        let fault = fault(word, given, at: entry.keyPosition, for: rpcs)
        return diagnostics.count == before ? fault : nil
    }

    private mutating func parameters(of word: FaultWord, _ value: Node) -> FaultParameters? {
        let known = word.parameters.map(\.key)
        if let entries = value.entries {
            let before = diagnostics.count
            if known.isEmpty {
                report("'\(word.rawValue)' takes no parameters: write {\(word.rawValue): null}", at: value.position)
            } else {
                checkKeys(entries, known: known, of: "the fault '\(word.rawValue)'")
            }
            guard diagnostics.count == before else { return nil }
            return Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        if value.isNull {
            guard !word.standsAlone else { return [:] }
            report("'\(word.rawValue)' needs \(words(for: word))", at: value.position)
            return nil
        }
        guard let principal = word.principal else {
            let wanted = known.isEmpty ? "no parameters" : "a mapping with \(known.joined(separator: ", "))"
            report("'\(word.rawValue)' takes \(wanted)", at: value.position)
            return nil
        }
        return [principal: value]
    }

    private func words(for word: FaultWord) -> String {
        let keys = word.parameters.map(\.key).joined(separator: ", ")
        return word.principal.map { "a value (its '\($0)'), or a mapping with \(keys)" } ?? "a mapping with \(keys)"
    }

    private mutating func fault(
        _ word: FaultWord,
        _ given: FaultParameters,
        at position: SourcePosition,
        for rpcs: [RPC]
    ) -> Fault? {
        switch word {
        case .late: return .late
        case .refuse: return .refuse
        case .blackhole: return .blackhole
        case .delay:
            return delayLength(given, at: position).map { .delay(Delay($0, side(given) ?? .before)) }
        case .error:
            guard given["code"] != nil || given.isEmpty else {
                report("an error needs its code", at: position)
                return nil
            }
            return status(given, for: word).map { .error($0) }
        case .loseResponse: return lostResponse(given, at: position).map { .loseResponse($0) }
        case .cancel:
            guard let moment = moment(given, at: position) else {
                report("cancel needs its moment, 'after' or 'at'", at: position)
                return nil
            }
            let client = given["client"].flatMap { self.word($0, "client", as: Cancel.Client.self) } ?? .told
            return .cancel(Cancel(moment, client: client))
        case .hang: return .hang(side(given) ?? .before)
        case .deadline:
            guard let node = needed("timeout", given, of: word, at: position) else { return nil }
            return duration(node, "the deadline").map { .deadline($0) }
        case .noOp: return noOp(given, for: rpcs).map { .noOp($0) }
        case .duplicate:
            return .duplicate(Duplicate(gap: given["gap"].flatMap { span($0, "gap") } ?? .zero))
        case .code:
            guard needed("code", given, of: word, at: position) != nil else { return nil }
            return status(given, for: word).map { .code($0) }
        case .mutate: return mutate(given, at: position, for: rpcs).map { .mutate($0) }
        case .stale:
            guard let node = needed("age", given, of: word, at: position) else { return nil }
            let isExecuted = given["executed"].flatMap { flag($0, "executed") } ?? false
            return duration(node, "age").map { .stale(Stale(age: $0, isExecuted: isExecuted)) }
        case .truncate:
            guard let node = needed("bytes", given, of: word, at: position) else { return nil }
            return size(node, "bytes").map { .truncate(Truncate(bytes: $0)) }
        case .reset:
            let code = given["code"].map { http2Code($0) } ?? .cancel
            return code.map { .reset(Reset($0, moment(given, at: position) ?? .answerBegun)) }
        case .goAway:
            let code = given["code"].map { http2Code($0) } ?? .noError
            let grace = given["grace"].flatMap { span($0, "grace") } ?? .milliseconds(100)
            return code.map { .goAway(GoAway($0, grace: grace)) }
        case .drop:
            let which = given["connections"].flatMap { self.word($0, "connections", as: Drop.Which.self) } ?? .own
            return .drop(Drop(after: given["after"].flatMap { span($0, "after") } ?? .zero, which))
        case .bandwidth:
            guard let rate = needed("rate", given, of: word, at: position).flatMap({ positiveSize($0, "rate") }) else {
                return nil
            }
            let chunk = given["chunk"].flatMap { positiveSize($0, "chunk") } ?? 1024
            return .bandwidth(Bandwidth(bytesPerSecond: rate, chunk: chunk, direction: direction(given)))
        case .stream: return stream(given, at: position, for: rpcs).map { .stream($0) }
        case .bytes:
            guard let after = needed("after", given, of: word, at: position).flatMap({ size($0, "after") }),
                let effect = needed("effect", given, of: word, at: position)
                    .flatMap({ self.word($0, "effect", as: ByteFault.Effect.self) })
            else { return nil }
            return .bytes(ByteFault(effect, after: after, direction: direction(given)))
        }
    }

    private mutating func needed(
        _ key: String,
        _ given: FaultParameters,
        of word: FaultWord,
        at position: SourcePosition
    ) -> Node? {
        if given[key] == nil { report("the fault '\(word.rawValue)' needs '\(key)'", at: position) }
        return given[key]
    }

    // MARK: - Faults with parameters of their own

    private mutating func delayLength(_ given: FaultParameters, at position: SourcePosition) -> DelayDistribution? {
        let lengths = ["for", "uniform", "normal", "lognormal"].filter { given[$0] != nil }
        guard lengths.count == 1, let key = lengths.first, let node = given[key] else {
            report("a delay has one length: for, uniform, normal or lognormal", at: position)
            return nil
        }
        switch key {
        case "for":
            return delayDuration(node, "the delay").map { .fixed($0) }
        case "uniform":
            guard let items = node.items, items.count == 2 else {
                report("uniform is a list of two durations, [50ms, 500ms]", at: node.position)
                return nil
            }
            guard let low = span(items[0], "the shortest delay"),
                let high = delayDuration(items[1], "the longest delay")
            else { return nil }
            guard low <= high else {
                report("the shortest delay comes first", at: items[0].position)
                return nil
            }
            return .uniform(low, high)
        case "normal":
            guard let (mean, deviation) = spread(node, key, "mean", "deviation") else { return nil }
            return .normal(mean: mean, deviation: deviation)
        default:
            guard let (median, p99) = spread(node, key, "median", "p99") else { return nil }
            guard median < p99 else {
                report("p99 is longer than the median", at: node.position)
                return nil
            }
            return .lognormal(median: median, p99: p99)
        }
    }

    private mutating func spread(_ node: Node, _ what: String, _ first: String, _ second: String) -> (
        Duration, Duration
    )? {
        guard let entries = node.entries, let one = node[first], let other = node[second] else {
            report("\(what) is a mapping with \(first) and \(second), both durations", at: node.position)
            return nil
        }
        checkKeys(entries, known: [first, second], of: what)
        guard let left = delayDuration(one, first), let right = delayDuration(other, second) else { return nil }
        return (left, right)
    }

    private mutating func delayDuration(_ node: Node, _ what: String) -> Duration? {
        guard let duration = duration(node, what) else { return nil }
        guard duration <= DelayDistribution.limit else {
            report("no delay is longer than 1h: 'hang' holds a call to the end of the rule", at: node.position)
            return nil
        }
        return duration
    }

    private mutating func lostResponse(_ given: FaultParameters, at position: SourcePosition) -> LostResponse? {
        let ways = ["code", "reset", "at"].filter { given[$0] != nil }
        guard ways.count <= 1 else {
            report("the client gets one thing: a code, a reset, or nothing before its deadline", at: position)
            return nil
        }
        if let node = given["reset"] { return http2Code(node).map { .reset($0) } }
        if let node = given["at"] {
            if node.scalar != "deadline" { report("'at' is deadline", at: node.position) }
            return .atDeadline
        }
        if given.isEmpty { return .atDeadline }
        guard given["code"] != nil else {
            report("a message goes with a code", at: position)
            return nil
        }
        return status(given, for: .loseResponse).map { .status($0) }
    }

    private mutating func noOp(_ given: FaultParameters, for rpcs: [RPC]) -> NoOp? {
        guard let node = given["answer"] else { return NoOp() }
        let types = Set(rpcs.map(\.response)).sorted()
        guard types.count == 1, let type = types.first else {
            let found = types.isEmpty ? "no RPC of the CRI" : types.prefix(4).joined(separator: ", ")
            report(
                "an answer has the type of one RPC's, and the match means \(found): name one method",
                at: node.position
            )
            return nil
        }
        guard let value = constant(node, .record(type, nil)), case .record(let record) = value else { return nil }
        return NoOp(answer: MessageCodec(catalog).encode(record))
    }

    private mutating func mutate(_ given: FaultParameters, at position: SourcePosition, for rpcs: [RPC]) -> Mutate? {
        guard given.count == 1, let (key, node) = given.first, let direction = Direction(rawValue: key) else {
            report("mutate changes the request or the response: one of them, with a list of changes", at: position)
            return nil
        }
        return edits(node, direction, for: rpcs).map { Mutate(direction, $0) }
    }

    private mutating func stream(_ given: FaultParameters, at position: SourcePosition, for rpcs: [RPC]) -> StreamFault?
    {
        guard let node = needed("effect", given, of: .stream, at: position),
            let effect = self.word(node, "effect", as: StreamWord.self)
        else { return nil }
        for key in StreamWord.allCases.compactMap(\.need) where given[key] != nil && effect.need != key {
            report("'\(key)' does not go with effect: \(effect.rawValue)", at: given[key]?.position ?? position)
        }
        if let need = effect.need, given[need] == nil {
            report("effect: \(effect.rawValue) needs '\(need)'", at: position)
            return nil
        }
        let messages = given["messages"].flatMap { numbers($0, "messages") }
        func parameter() -> Node? { effect.need.flatMap { given[$0] } }
        let read: StreamFault.Effect? =
            switch effect {
            case .swallow: .swallow
            case .endEarly: .endEarly
            case .hold: parameter().flatMap { duration($0, "for") }.map { .hold($0) }
            case .reorder:
                parameter().flatMap { count($0, "group", in: 2...StreamFault.groupLimit) }.map { .reorder($0) }
            case .repeat:
                parameter().flatMap { count($0, "times", in: 2...StreamFault.groupLimit) }.map { .repeat($0) }
            case .mutate: parameter().flatMap { edits($0, .response, for: rpcs) }.map { .mutate($0) }
            }
        return read.map { StreamFault($0, messages: messages) }
    }
}
