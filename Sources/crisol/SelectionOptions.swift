import ArgumentParser
import CRICatalog
import Outcome
import SuiteLanguage

/// Which cases of the suites a command is about; all conditions must hold.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: .customLong("case"),
        help: "Only the case of this id, those below it ('exec'), or of a pattern ('*.stdin.*'); can be repeated."
    )
    var cases: [String] = []
    @Option(help: "Only the cases with this label; can be repeated, one is enough.")
    var label: [String] = []
    @Option(help: "Only the cases of this level (must, should, may); can be repeated.")
    var level: [String] = []
    @Option(
        help:
            "Only the i-th of n parts of the cases, such as 1/4: together the parts are all of them. Invariants are in each."
    )
    var shard: String?

    func validate() throws {
        for word in level where Level(rawValue: word) == nil {
            throw ValidationError("--level is must, should or may, not '\(word)'")
        }
        if shard != nil { _ = try part() }
    }

    private func part() throws -> (index: Int, count: Int)? {
        guard let shard else { return nil }
        let numbers = shard.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let index = numbers[0], let count = numbers[1], (1...1000).contains(count),
            (1...count).contains(index)
        else { throw ValidationError("--shard is i/n with i from 1 to n, such as 1/4, not '\(shard)'") }
        return (index, count)
    }

    /// The cases selected from all.
    ///
    /// - Parameter areNamed: whether the suites were named with the command, and are not crisol's own.
    /// - Throws: `ValidationError` for an id, pattern or label that no case has, and for conditions that no case meets
    ///   together: a selection of nothing is a mistake, and would judge nothing.
    func select(from all: [Case], areNamed: Bool) throws -> [Case] {
        var selected = try CaseSelection.select(cases, from: all, areNamed: areNamed)
        let labels = Set(all.flatMap(\.labels))
        for word in label where !labels.contains(word) {
            let hint = Spelling.suggestion(for: word, among: labels)
            throw ValidationError(
                "no case has the label '\(word)'\(hint); there are \(labels.sorted().joined(separator: ", "))"
            )
        }
        if !label.isEmpty {
            let words = Set(selected.flatMap(\.labels)).sorted()
            selected = try Self.kept(selected, "label", label, words) { !Set($0.labels).isDisjoint(with: label) }
        }
        if !level.isEmpty {
            let levels = Set(selected.map(\.level))
            let words = Level.allCases.filter(levels.contains).map(\.rawValue)
            selected = try Self.kept(selected, "level", level, words) { level.contains($0.level.rawValue) }
        }
        if let part = try part() {
            // An invariant judges the answers that other cases get, so each part needs all of them.
            let shared = selected.filter { $0.watch == nil }
            let kept = Set(shared.enumerated().filter { $0.offset % part.count == part.index - 1 }.map(\.element.id))
            if kept.isEmpty, !shared.isEmpty {
                let count = shared.count == 1 ? "is 1 case" : "are \(shared.count) cases"
                throw ValidationError("--shard \(part.index)/\(part.count) is empty: there \(count) to share out")
            }
            selected = selected.filter { $0.watch != nil || kept.contains($0.id) }
        }
        return selected
    }

    /// Those of the cases that meet a condition.
    private static func kept(
        _ cases: [Case],
        _ what: String,
        _ wanted: [String],
        _ present: [String],
        _ isMeant: (Case) -> Bool
    ) throws -> [Case] {
        let kept = cases.filter(isMeant)
        guard kept.isEmpty, !cases.isEmpty else { return kept }
        let words = present.isEmpty ? "none" : present.joined(separator: ", ")
        throw ValidationError(
            "no case among those selected has the \(what) \(wanted.joined(separator: " or ")); they have \(words)"
        )
    }
}
