public import CRICatalog

/// What an expectation must break on: the value it held on, made wrong in the way its matcher is there to see.
extension Expectation {
    /// The counterexamples on which the expectation still holds, in words; empty when it can fail.
    ///
    /// - Parameter result: a result on which the expectation holds.
    /// - Returns: what was tried, and those of it that went unnoticed; nothing was tried where nobody knows how.
    public func unnoticed(in result: Value, _ bindings: Bindings) -> (tried: Int, unnoticed: [String]) {
        let lookup = path.read(from: result, in: bindings)
        let examples = matcher.counterexamples(lookup, path.shape, bindings)
        let missed = examples.filter { example in
            do { return try matcher.failure(example.lookup, path.shape, bindings) == nil } catch { return false }
        }
        return (examples.count, missed.map { "\(path.text) would hold with \($0.words)" })
    }
}

/// A wrong value and what is wrong with it.
struct Counterexample {
    let lookup: Lookup
    let words: String

    init(_ value: Value, _ words: String) {
        lookup = .value(value)
        self.words = words
    }

    init(absent words: String) {
        lookup = .absent
        self.words = words
    }
}

extension Matcher {
    /// Wrong values for this matcher, made from one on which it holds.
    func counterexamples(_ lookup: Lookup, _ shape: Shape, _ bindings: Bindings) -> [Counterexample] {
        guard case .value(let value) = lookup else {
            // Only "not present" holds where nothing is.
            return [Counterexample(.record(Record(type: "~")), "something there")]
        }
        switch self {
        case .equals, .sha256: return differing(value, shape)
        case .refused: return ["OK", "UNAVAILABLE", "DEADLINE_EXCEEDED"].map { Counterexample(.text($0), $0) }
        case .not(let matcher): return matcher.examples(like: value, bindings)
        case .anyOf: return wrong(outside(value, shape), shape, bindings)
        case .present(let wanted): return presence(value, wanted: wanted)
        case .order, .between, .about: return bounds(value, bindings)
        case .change(let from, let by): return changes(value, from, by, shape, bindings)
        case .startsWith, .contains, .matches: return [Counterexample(.text(""), "nothing in it")]
        case .statusClass: return [Counterexample(.text("internal error"), "\"internal error\"")]
        case .size:
            let bytes: [UInt8] = if case .bytes(let bytes) = value { bytes } else { Array((value.text ?? "").utf8) }
            func sized(_ count: Int) -> Value {
                let sized = Array((bytes + Array(repeating: UInt8(ascii: "~"), count: 1 << 20)).prefix(count))
                return if case .bytes = value { .bytes(sized) } else { .text(String(decoding: sized, as: UTF8.self)) }
            }
            let examples = [
                Counterexample(sized(bytes.count - min(1, bytes.count)), "a byte less"),
                Counterexample(sized(bytes.count + 1), "a byte more"), Counterexample(sized(0), "nothing in it"),
                Counterexample(sized(1 << 20), "a mebibyte"),
            ]
            return wrong(examples, shape, bindings)
        case .all(let matchers): return matchers.flatMap { $0.counterexamples(lookup, shape, bindings) }
        default: return lists(value, shape, bindings)
        }
    }

    /// Those of some values that the matcher refuses; one of them all the same where it refuses none, because then it
    /// takes everything.
    private func wrong(_ examples: [Counterexample], _ shape: Shape, _ bindings: Bindings) -> [Counterexample] {
        let refused = examples.filter { example in
            do { return try failure(example.lookup, shape, bindings) != nil } catch { return true }
        }
        return refused.isEmpty ? Array(examples.prefix(1)) : refused
    }

    private func differing(_ value: Value, _ shape: Shape) -> [Counterexample] {
        var examples = [Counterexample(Altered.other(than: value), "another value")]
        // An RPC that succeeds by mistake, or fails with another error.
        if shape == .code {
            examples = [
                Counterexample(.text(value.text == "OK" ? "UNKNOWN" : "OK"), value.text == "OK" ? "UNKNOWN" : "OK")
            ]
        }
        if shape == .code { return examples }
        if case .record(let record) = value {
            for name in record.fields.keys.sorted() where !name.isEmpty {
                var copy = record
                copy[name] = nil
                examples.append(Counterexample(.record(copy), "\(name) cleared"))
            }
        } else if let cleared = Altered.cleared(value), cleared != value {
            examples.append(Counterexample(cleared, "nothing sent"))
        }
        return examples
    }

    private func outside(_ value: Value, _ shape: Shape) -> [Counterexample] {
        // The first stands for a runtime that is gone, which most lists of codes leave out.
        if shape == .code {
            return ["UNAVAILABLE", "UNKNOWN", "DATA_LOSS", "OK"].map { Counterexample(.text($0), $0) }
        }
        switch value {
        case .integer:
            return [Int128(Int64.min) + 1, Int128(Int64.max)].map { Counterexample(.integer($0), "a number outside") }
        case .enumeration: return [Counterexample(.integer(-1), "a number outside")]
        case .text(let text):
            return [Counterexample(Altered.other(than: value), "a value outside")]
                + ["", "~", "~" + text].map { Counterexample(.text($0), "a value outside") }
        default: return [Counterexample(Altered.other(than: value), "a value outside")]
        }
    }

    private func presence(_ value: Value, wanted: Bool) -> [Counterexample] {
        if wanted {
            return Altered.cleared(value).map { [Counterexample($0, "nothing sent")] }
                ?? [Counterexample(absent: "the message not sent")]
        }
        return Altered.filled(value).map { [Counterexample($0, "something there")] } ?? []
    }

    /// Far outside of both ends that there are.
    private func bounds(_ value: Value, _ bindings: Bindings) -> [Counterexample] {
        let low = Value.integer(Int128(Int64.min))
        let high = Value.integer(Int128(Int64.max))
        switch self {
        case .order(.above, _, _), .order(.atLeast, _, _): return [Counterexample(low, "a value below")]
        case .order: return [Counterexample(high, "a value above")]
        default: return [Counterexample(low, "a value below"), Counterexample(high, "a value above")]
        }
    }

    /// Another change than the one that is wanted, and none at all.
    private func changes(
        _ value: Value,
        _ from: Template,
        _ by: Matcher,
        _ shape: Shape,
        _ bindings: Bindings
    ) -> [Counterexample] {
        guard let before = try? from.value(in: bindings), let start = before.integer, let now = value.integer else {
            return []
        }
        let examples = by.counterexamples(.value(.integer(now - start)), shape, bindings).compactMap {
            (example) -> Counterexample? in
            guard case .value(.integer(let change)) = example.lookup else { return nil }
            return Counterexample(.integer(start + change), "\(example.words) as the change")
        }
        // What may grow by so much may also stay.
        let stays = Counterexample(before, "the value from before")
        return examples + (by.accepts(.integer(0), as: shape, bindings) && !examples.isEmpty ? [] : [stays])
    }

    private func lists(_ value: Value, _ shape: Shape, _ bindings: Bindings) -> [Counterexample] {
        if let entries = Self.entries(of: value) { return maps(entries) }
        let items = value.list ?? []
        let dropped = Counterexample(.list(Array(items.dropLast())), "an item dropped")
        let repeated = Counterexample(.list(items + items.suffix(1)), "an item repeated")
        let empty = Counterexample(.list([]), "no item")
        switch self {
        case .count(let matcher):
            let many = Counterexample(
                .list(Array(repeating: items.first ?? .text("~"), count: 100_000)),
                "100000 items"
            )
            switch matcher {
            case .order(.above, _, _), .order(.atLeast, _, _): return [empty]
            case .order: return [many]
            default: return wrong((items.isEmpty ? [] : [dropped]) + [many, empty], shape, bindings)
            }
        case .items(.none, let test):
            return test.example(bindings).map { [Counterexample(.list(items + [$0]), "such an item")] } ?? []
        case .items(.one, let test):
            let matching = items.filter { (try? test.holds($0, shape, bindings)) ?? false }
            return [empty, Counterexample(.list(items + matching), "such an item twice")]
        case .items(.each, let test):
            var others = [Counterexample(.list(items + [.text("\u{0}~")]), "another item")]
            if case .matcher(let matcher) = test, let first = items.first {
                let item: Shape = if case .list(let inner) = shape { inner } else { .anything }
                others += matcher.counterexamples(.value(first), item, bindings).compactMap { example in
                    guard case .value(let value) = example.lookup else { return nil }
                    return Counterexample(.list(items + [value]), "an item with \(example.words)")
                }
            }
            return [empty] + wrong(others, shape, bindings)
        case .items(.any, _), .includes: return [empty]
        case .sameItems:
            return items.isEmpty
                ? [Counterexample(.list([.text("~")]), "an item more")]
                : [
                    dropped, repeated,
                    Counterexample(
                        .list(items.dropLast() + [Altered.other(than: items[items.count - 1])]),
                        "an item altered"
                    ),
                ]
        case .ascending(let strictly):
            guard items.count > 1 else { return [empty] }
            let swapped = Counterexample(.list(items.reversed()), "the order reversed")
            // Equal items may stand in any order.
            return Set(items).count == 1 ? [empty] : (strictly ? [empty, swapped, repeated] : [empty, swapped])
        case .unique: return [empty, repeated]
        case .consecutive:
            return [dropped, repeated]
                + (items.count > 1 ? [Counterexample(.list(items.reversed()), "the order reversed")] : [])
        default: return []
        }
    }

    private func maps(_ entries: [String: Value]) -> [Counterexample] {
        let more = entries.merging(["~": .text("~")]) { old, _ in old }
        switch self {
        case .count(.order(.above, _, _)), .count(.order(.atLeast, _, _)):
            return [Counterexample(.map([:]), "no entry")]
        case .count: return [Counterexample(.map(more), "an entry more")]
        default: return [Counterexample(.map([:]), "no entry")]
        }
    }

    // MARK: - Values that hold

    /// Values on which this matcher holds, for `not`.
    private func examples(like value: Value, _ bindings: Bindings) -> [Counterexample] {
        switch self {
        case .equals(let template), .contains(let template), .startsWith(let template):
            guard let wanted = try? template.value(in: bindings) else { return [] }
            return [Counterexample(wanted, "the forbidden value")]
        case .includes(let template):
            guard case .list(let wanted)? = try? template.value(in: bindings) else { return [] }
            return [Counterexample(.list((value.list ?? []) + wanted), "the forbidden items")]
        case .items(.any, let test), .items(.one, let test):
            return test.example(bindings).map { [Counterexample(.list([$0]), "such an item")] } ?? []
        case .statusClass(let name):
            return StatusClass.phrases[name]?.first.map { [Counterexample(.text($0), "\"\($0)\"")] } ?? []
        case .present(let wanted):
            if wanted { return Altered.filled(value).map { [Counterexample($0, "something there")] } ?? [] }
            return Altered.cleared(value).map { [Counterexample($0, "nothing sent")] } ?? []
        case .anyOf(let matchers): return matchers.flatMap { $0.examples(like: value, bindings) }
        case .refused: return [Counterexample(.text("NOT_FOUND"), "NOT_FOUND")]
        default: return []
        }
    }
}

extension Matcher.ItemTest {
    /// An item that passes; `nil` when none can be made.
    fileprivate func example(_ bindings: Bindings) -> Value? {
        switch self {
        case .matcher(.equals(let template)): return try? template.value(in: bindings)
        case .matcher(.startsWith(let template)), .matcher(.contains(let template)):
            return try? template.value(in: bindings)
        case .matcher(.anyOf(let matchers)):
            return matchers.lazy.compactMap { Matcher.ItemTest.matcher($0).example(bindings) }.first
        case .matcher: return nil
        case .fields(let expectations):
            var record = Record(type: "~")
            for expectation in expectations {
                guard let name = expectation.path.fieldNames.first, expectation.path.steps.count == 1,
                    case .equals(let template) = expectation.matcher, let value = try? template.value(in: bindings)
                else { return nil }
                record[name] = value
            }
            return .record(record)
        }
    }
}
