import ArgumentParser
import CRICatalog
import Outcome
import SuiteLanguage

/// Which cases of the suites a command is about; all conditions must hold.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: .customLong("case"),
        help: "Only the cases of this id or pattern ('exec.*'); can be repeated."
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
    /// - Throws: `ValidationError` for an id, pattern or label that no case has.
    func select(from all: [Case]) throws -> [Case] {
        var selected = try CaseSelection.select(cases, from: all)
        let labels = Set(all.flatMap(\.labels))
        for word in label where !labels.contains(word) {
            let hint = Spelling.suggestion(for: word, among: labels)
            throw ValidationError(
                "no case has the label '\(word)'\(hint); there are \(labels.sorted().joined(separator: ", "))"
            )
        }
        if !label.isEmpty { selected = selected.filter { !Set($0.labels).isDisjoint(with: label) } }
        if !level.isEmpty { selected = selected.filter { level.contains($0.level.rawValue) } }
        if let part = try part() {
            // An invariant judges the answers that other cases get, so each part needs all of them.
            let parts = selected.filter { $0.watch == nil }.enumerated()
                .filter { $0.offset % part.count == part.index - 1 }.map(\.element.id)
            let kept = Set(parts)
            selected = selected.filter { $0.watch != nil || kept.contains($0.id) }
        }
        return selected
    }
}
