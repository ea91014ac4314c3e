public import CRICatalog
import Crypto
import Foundation

extension Expectation {
    /// Holds the expectation against a result; `nil` when it holds.
    public func mismatch(in result: Value, _ bindings: Bindings) -> Mismatch? {
        let lookup = path.read(from: result, in: bindings)
        do {
            guard let actual = try matcher.failure(lookup, path.shape, bindings) else { return nil }
            return Mismatch(
                path: path.text,
                expected: matcher.words(path.shape, bindings),
                actual: actual,
                seen: lookup,
                position: position
            )
        } catch {
            return Mismatch(
                path: path.text,
                expected: matcher.words(path.shape, bindings),
                actual: error.message,
                seen: lookup,
                position: position
            )
        }
    }
}

extension Matcher {
    /// Whether the matcher holds of a value.
    public func accepts(_ value: Value, as shape: Shape, _ bindings: Bindings) -> Bool {
        do { return try failure(.value(value), shape, bindings) == nil } catch { return false }
    }

    /// Whether the matcher holds of what a path led to.
    public func accepts(_ lookup: Lookup, as shape: Shape, _ bindings: Bindings) -> Bool {
        do { return try failure(lookup, shape, bindings) == nil } catch { return false }
    }

    /// What the matcher wants, in words.
    public func description(as shape: Shape, _ bindings: Bindings) -> String { words(shape, bindings) }

    /// What was there instead, or `nil` when the matcher holds.
    func failure(_ lookup: Lookup, _ shape: Shape, _ bindings: Bindings) throws(EvaluationError) -> String? {
        switch (lookup, self) {
        case (.missing(let reason), _): return reason
        case (.absent, .present(let wanted)): return wanted ? "not set" : nil
        case (.absent, .all(let matchers)):
            for matcher in matchers {
                if let failure = try matcher.failure(lookup, shape, bindings) { return failure }
            }
            return nil
        case (.absent, .not(.present(let wanted))): return wanted ? nil : "not set"
        case (.absent, _): return "not set"
        case (.value(let value), _):
            return try holds(value, shape, bindings) ? nil : seen(value, shape)
        }
    }

    /// The value with what the matcher is about: a count, a size.
    private func seen(_ value: Value, _ shape: Shape) -> String {
        switch (self, value) {
        case (.count, .list(let items)):
            return "\(items.count) \(items.count == 1 ? "item" : "items"): \(ValueText.render(value, as: shape))"
        case (.count, .map(let entries)): return "\(entries.count) entries: \(ValueText.render(value, as: shape))"
        case (.consecutive, .list(let items)): return Self.firstBreak(of: items) + ValueText.render(value, as: shape)
        case (.size, .text(let text)): return "\(text.utf8.count) bytes"
        case (.size, .bytes(let bytes)): return "\(bytes.count) bytes"
        default: return ValueText.render(value, as: shape)
        }
    }

    /// Where a run of numbers breaks: of thousands of items those at the beginning tell nothing.
    private static func firstBreak(of items: [Value]) -> String {
        for (place, pair) in zip(items, items.dropFirst()).enumerated() {
            let (left, right) = (ValueText.plain(pair.0), ValueText.plain(pair.1))
            // A number that has no successor is followed by none.
            if let number = Int(left), number < .max, right == "\(number + 1)" { continue }
            return
                "item \(place + 2) of \(items.count) is \(ValueText.render(pair.1)) after \(ValueText.render(pair.0)): "
        }
        return ""
    }

    private func holds(_ value: Value, _ shape: Shape, _ bindings: Bindings) throws(EvaluationError) -> Bool {
        switch self {
        case .equals(let template): return Self.equal(try template.value(in: bindings), value)
        case .refused: return value.text.map { !Self.notAnAnswer.contains($0) } ?? false
        case .not(let matcher): return try !matcher.holds(value, shape, bindings)
        case .anyOf(let matchers):
            for matcher in matchers where try matcher.holds(value, shape, bindings) { return true }
            return false
        case .all(let matchers):
            for matcher in matchers where try !matcher.holds(value, shape, bindings) { return false }
            return true
        case .present(let wanted): return Self.isPresent(value) == wanted
        case .order(let order, let template, let isScaled):
            let bound = try template.value(in: bindings)
            guard let difference = Self.compare(value, bound, scaledBy: isScaled ? bindings.slack : 1) else {
                return false
            }
            switch order {
            case .above: return difference > 0
            case .below: return difference < 0
            case .atLeast: return difference >= 0
            case .atMost: return difference <= 0
            }
        case .between(let low, let high, let isScaled):
            let (low, high) = (try low.value(in: bindings), try high.value(in: bindings))
            guard let fromLow = Self.compare(value, low),
                let toHigh = Self.compare(value, high, scaledBy: isScaled ? bindings.slack : 1)
            else { return false }
            return fromLow >= 0 && toHigh <= 0
        case .about(let template, let tolerance): return try isAbout(value, template, tolerance, bindings)
        case .change(let from, let matcher):
            guard let actual = value.integer, let before = try from.value(in: bindings).integer else { return false }
            return try matcher.holds(.integer(actual - before), shape, bindings)
        case .startsWith(let template):
            return Self.bytes(value).starts(with: Self.bytes(try template.value(in: bindings)))
        case .contains(let template):
            return Self.contains(Self.bytes(value), Self.bytes(try template.value(in: bindings)))
        case .matches(let pattern): return Self.matches(Self.bytes(value), pattern)
        case .statusClass(let name): return value.text.map { StatusClass.matches($0, name) } ?? false
        case .size(let matcher):
            return try matcher.holds(.integer(Int128(Self.bytes(value).count)), .integer(.bytes), bindings)
        case .sha256(let template):
            let hex: String
            if case .generated(let source, _) = template {
                hex = source.sha256
            } else {
                hex = Digest.hex(SHA256.hash(data: Self.bytes(try template.value(in: bindings))))
            }
            return String(decoding: Self.bytes(value), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                == hex
        default: return try holdsOnItems(value, shape, bindings)
        }
    }

    private func holdsOnItems(_ value: Value, _ shape: Shape, _ bindings: Bindings) throws(EvaluationError) -> Bool {
        switch self {
        case .count(let matcher):
            guard let count = value.list?.count ?? Self.entries(of: value)?.count else { return false }
            return try matcher.holds(.integer(Int128(count)), .integer(nil), bindings)
        case .items(let quantifier, let test):
            guard let items = value.list else { return false }
            var matching = 0
            for item in items where try test.holds(item, shape, bindings) { matching += 1 }
            switch quantifier {
            case .any: return matching > 0
            case .one: return matching == 1
            case .none: return matching == 0
            // "Every item of an empty list" would be a check that nothing can break.
            case .each: return !items.isEmpty && matching == items.count
            }
        case .includes(let template):
            let wanted = try template.value(in: bindings)
            if case .map(let wanted) = wanted {
                guard let entries = Self.entries(of: value) else { return false }
                return wanted.allSatisfy { key, item in entries[key].map { Self.equal(item, $0) } ?? false }
            }
            guard var left = value.list, let items = wanted.list else { return false }
            for item in items {
                guard let index = left.firstIndex(where: { Self.equal(item, $0) }) else { return false }
                left.remove(at: index)
            }
            return true
        case .sameItems(let template):
            guard var left = value.list, let wanted = try template.value(in: bindings).list,
                left.count == wanted.count
            else { return false }
            for item in wanted {
                guard let index = left.firstIndex(where: { Self.equal(item, $0) }) else { return false }
                left.remove(at: index)
            }
            return true
        case .ascending(let strictly):
            guard let items = value.list, !items.isEmpty else { return false }
            guard items.allSatisfy({ Self.number($0) != nil }) else { return false }
            return zip(items, items.dropFirst()).allSatisfy { left, right in
                guard let difference = Self.compare(left, right) else { return false }
                return strictly ? difference < 0 : difference <= 0
            }
        case .unique:
            guard let items = value.list, !items.isEmpty else { return false }
            return Set(items).count == items.count
        case .consecutive(let first, let last):
            guard let items = value.list, let first = try first.value(in: bindings).integer,
                let last = try last.value(in: bindings).integer, first <= last,
                Int128(items.count) == last - first + 1
            else { return false }
            return zip(first...last, items).allSatisfy { "\($0)" == ValueText.plain($1) }
        default: return false
        }
    }

    private func isAbout(
        _ value: Value,
        _ template: Template,
        _ tolerance: Tolerance,
        _ bindings: Bindings
    ) throws(EvaluationError) -> Bool {
        guard let actual = Self.number(value), let wanted = Self.number(try template.value(in: bindings)) else {
            return false
        }
        switch tolerance {
        case .absolute(let template):
            guard let allowed = Self.number(try template.value(in: bindings)) else { return false }
            return abs(actual - wanted) <= allowed
        case .percent(let percent): return abs(actual - wanted) * 100 <= abs(wanted) * Double(percent)
        }
    }
}

// MARK: - Values

extension Matcher {
    /// Codes that are no answer to the question asked, so that a crash or a hang never passes as a refusal.
    static let notAnAnswer: Set<String> = ["OK", "CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE", "UNIMPLEMENTED"]

    /// The entries of a map; of an agent's answer too, which is JSON, where a map and a message look the same.
    static func entries(of value: Value) -> [String: Value]? {
        switch value {
        case .map(let entries): entries
        case .record(let record): record.fields
        default: nil
        }
    }

    /// Equality of a wanted and an actual value; text and bytes, numbers and their digits meet here.
    static func equal(_ wanted: Value, _ actual: Value) -> Bool {
        if wanted == actual { return true }
        switch (wanted, actual) {
        case (.text(let text), .bytes(let bytes)), (.bytes(let bytes), .text(let text)):
            return Array(text.utf8) == bytes
        case (.text(let text), .enumeration(let member)): return text == member.description
        case (.integer(let integer), .double(let double)), (.double(let double), .integer(let integer)):
            return Double(integer) == double
        case (.integer(let integer), .enumeration(let member)): return integer == Int128(member.number)
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { equal($0, $1) }
        case (.map(let left), .map(let right)):
            return left.count == right.count
                && left.allSatisfy { key, value in right[key].map { equal(value, $0) } ?? false }
        default: return false
        }
    }

    static func isPresent(_ value: Value) -> Bool {
        switch value {
        case .bool(let bool): bool
        case .integer(let integer): integer != 0
        case .double(let double): double != 0
        case .text(let text): !text.isEmpty
        case .bytes(let bytes): !bytes.isEmpty
        case .enumeration(let member): member.number != 0
        case .list(let items): !items.isEmpty
        case .map(let entries): !entries.isEmpty
        case .record: true
        }
    }

    /// Negative, zero or positive as the first is less, equal or greater; `nil` when one is no number.
    ///
    /// Integers are compared exactly: nanoseconds of this century do not fit into a double.
    private static func compare(_ left: Value, _ right: Value, scaledBy slack: Double = 1) -> Int? {
        if slack == 1, let left = left.integer, let right = right.integer { return (left - right).signum().asInt }
        guard let left = number(left), let right = number(right).map({ $0 * slack }) else { return nil }
        return left < right ? -1 : (left > right ? 1 : 0)
    }

    private static func number(_ value: Value) -> Double? {
        switch value {
        case .integer(let integer): Double(integer)
        case .double(let double): double
        case .enumeration(let member): Double(member.number)
        case .text(let text): Double(text)
        default: nil
        }
    }

    private static func bytes(_ value: Value) -> [UInt8] {
        switch value {
        case .bytes(let bytes): bytes
        default: Array(ValueText.plain(value).utf8)
        }
    }

    private static func contains(_ haystack: [UInt8], _ needle: [UInt8]) -> Bool {
        if needle.isEmpty { return true }
        return Data(haystack).range(of: Data(needle)) != nil
    }

    /// Patterns see at most this many bytes.
    private static let patternLimit = 64 << 10

    private static func matches(_ bytes: [UInt8], _ pattern: String) -> Bool {
        guard let regex = try? Regex(pattern) else { return false }
        let text = String(decoding: bytes.prefix(patternLimit), as: UTF8.self)
        return (try? regex.firstMatch(in: text)) != nil
    }
}

extension Matcher.ItemTest {
    func holds(_ item: Value, _ list: Shape, _ bindings: Bindings) throws(EvaluationError) -> Bool {
        let shape: Shape = if case .list(let inner) = list { inner } else { .anything }
        switch self {
        case .matcher(let matcher): return try matcher.failure(.value(item), shape, bindings) == nil
        case .fields(let expectations):
            // A reference that leads nowhere is an error here too: no item matches it, and `none` would hold.
            for expectation in expectations {
                let lookup = expectation.path.read(from: item, in: bindings)
                if try expectation.matcher.failure(lookup, expectation.path.shape, bindings) != nil { return false }
            }
            return true
        }
    }
}

extension Int128 {
    fileprivate var asInt: Int { Int(truncatingIfNeeded: self) }
}
