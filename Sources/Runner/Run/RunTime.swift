import Outcome

/// How long a run may take: when that is over, what is at work is ended as a signal would end it, and the rest has no
/// turn.
struct RunTime: Sendable {
    /// Why a case was not run then.
    static let reason = "the run's time was over (--timeout)"

    private let end: ContinuousClock.Instant?

    /// - Parameter bound: `nil` for a run that may take as long as it takes.
    init(_ bound: Duration?, since start: ContinuousClock.Instant) { end = bound.map { start + $0 } }

    var isBounded: Bool { end != nil }

    var isOver: Bool { end.map { ContinuousClock.now >= $0 } ?? false }

    /// Returns when it is over, or at once when the task is cancelled.
    func pass() async {
        guard let end else { return }
        try? await Task.sleep(until: end, clock: .continuous)
    }

    /// Says of a case that was ended why it was. One that had ended before keeps its verdict, and one that left
    /// something behind fails for that.
    static func explain(_ result: inout CaseResult) {
        if result.verdict == .notRun, result.reason == "interrupted" { result.reason = reason }
    }
}
