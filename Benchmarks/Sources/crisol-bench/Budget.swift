import ArgumentParser

/// What a measurement is held against.
enum Budget {
    /// Nothing: its course is watched by whoever reads it.
    case watched
    /// The measured number is this at most.
    case atMost(Double)
    /// The measured number is this at least.
    case atLeast(Double)
    /// A wish rather than a promise: said, and no run fails by it.
    case stretch(Double)

    /// `at most 150 MiB`; a ratio has no unit.
    func text(unit: String) -> String {
        switch self {
        case .watched: "none; watched"
        case .atMost(let bound): "at most \(Self.text(bound))\(unit)"
        case .atLeast(let bound): "at least \(Self.text(bound))\(unit)"
        case .stretch(let bound): "\(Self.text(bound))\(unit), stretch"
        }
    }

    private static func text(_ bound: Double) -> String {
        bound == bound.rounded() ? "\(Int(bound))" : "\(bound)"
    }

    /// Whether a run with this number has kept it. What is no number keeps nothing.
    func isKept(by value: Double) -> Bool {
        switch self {
        case .watched, .stretch: true
        case .atMost(let bound): value <= bound
        case .atLeast(let bound): value >= bound
        }
    }
}

/// The measurements of one run of the program. All of them are printed before one that is over its budget ends it.
struct Findings {
    /// The exit code of a run that measured everything and was over a budget somewhere; `dev/bench.sh` goes on after it.
    static let overBudget = ExitCode(2)

    private var over = 0

    /// Prints a measurement with its budget, and whether it was kept. `value`, in `unit`, is what the budget is about.
    mutating func note(_ text: String, _ value: Double, unit: String = "", _ budget: Budget) {
        let kept = budget.isKept(by: value)
        if !kept { over += 1 }
        print("\(text) (budget \(budget.text(unit: unit.isEmpty ? "" : " \(unit)"))\(kept ? "" : "; NOT KEPT"))")
    }

    /// A ratio with its two parts; without a whole there is none, and no budget is kept.
    mutating func ratio(_ what: String, _ part: Double, _ whole: Double, unit: String, budget: Budget) {
        let ratio = whole > 0 ? part / whole : .nan
        let rounded = (ratio * 100).rounded() / 100
        note("\(what): \(Int(part)) \(unit) against \(Int(whole)) \(unit), ratio \(rounded)", ratio, budget)
    }

    /// Throws `overBudget` when a budget was not kept.
    func end() throws {
        if over > 0 { throw Self.overBudget }
    }
}
