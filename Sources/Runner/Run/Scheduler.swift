import Outcome
import SuiteLanguage

/// Decides which case may begin: what it stands on is judged, and what it locks is free.
struct Scheduler {
    /// What a scheduler says when it is asked for work.
    enum Next {
        case begin(Case)
        /// Cannot be judged, because something it stands on is red.
        case blocked(Case, by: String, verdict: Verdict)
        /// Nothing can begin before a running case ends.
        case wait
        case done
    }

    /// The lock that excludes every other case.
    static let wholeRuntime = "runtime"

    private var waiting: [Case]
    private var running: [String: Set<String>] = [:]
    private var verdicts: [String: Verdict] = [:]
    private let selected: Set<String>

    init(_ cases: [Case]) {
        waiting = cases
        selected = Set(cases.map(\.id))
    }

    /// The cases that have not begun.
    var remaining: [Case] { waiting }

    /// How many cases are at work.
    var runningCount: Int { running.count }

    /// The next thing to do.
    mutating func next() -> Next {
        if waiting.isEmpty { return running.isEmpty ? .done : .wait }
        for (index, item) in waiting.enumerated() {
            let needs = item.needs.filter { selected.contains($0) }
            if let red = needs.first(where: { verdicts[$0]?.blocks ?? false }), let verdict = verdicts[red] {
                waiting.remove(at: index)
                verdicts[item.id] = .notRun
                return .blocked(item, by: red, verdict: verdict)
            }
            guard needs.allSatisfy({ verdicts[$0] != nil }), isFree(item.locks) else { continue }
            waiting.remove(at: index)
            running[item.id] = item.locks
            return .begin(item)
        }
        return running.isEmpty ? .done : .wait
    }

    /// A case ended.
    mutating func ended(_ id: String, _ verdict: Verdict) {
        running[id] = nil
        verdicts[id] = verdict
    }

    private func isFree(_ locks: Set<String>) -> Bool {
        if locks.contains(Self.wholeRuntime) { return running.isEmpty }
        return running.values.allSatisfy { $0.isDisjoint(with: locks) && !$0.contains(Self.wholeRuntime) }
    }
}
