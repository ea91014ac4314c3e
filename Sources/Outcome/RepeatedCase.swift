extension CaseResult {
    /// One result of a case that was judged several times: the worst verdict with what supports it, and how often each
    /// came. Nothing is ever retried until it passes.
    ///
    /// - Parameter failOn: verdicts that fail the run too, and therefore are worse than others.
    /// - Returns: `nil` when there is no result.
    public static func folded(_ results: [CaseResult], failOn: Set<Verdict> = []) -> CaseResult? {
        let order = Verdict.allCases
        func rank(_ result: CaseResult) -> Int {
            // What decides the run's verdict must not get lost behind what does not; a round that was not run says
            // nothing beside one that was.
            if result.breaksTheRun { return -3 }
            if result.verdict == .notRun { return order.count }
            if result.isCaught(by: failOn) { return -2 }
            if result.verdict == .error { return -1 }
            return order.firstIndex(of: result.verdict) ?? order.count
        }
        guard results.count > 1, var worst = results.min(by: { rank($0) < rank($1) }) else { return results.first }
        worst.rounds = Dictionary(results.map { ($0.verdict.rawValue, 1) }, uniquingKeysWith: +)
        worst.seconds = results.reduce(0) { $0 + $1.seconds }
        return worst
    }

    /// `18 pass, 2 fail`; `nil` for a case that was judged once.
    public var roundsText: String? {
        guard let rounds else { return nil }
        return Verdict.allCases.sorted { ($0 == .pass ? 0 : 1, $0.rawValue) < ($1 == .pass ? 0 : 1, $1.rawValue) }
            .compactMap { verdict in rounds[verdict.rawValue].map { "\($0) \(verdict.rawValue)" } }
            .joined(separator: ", ")
    }

    /// Whether its rounds came to different verdicts; one in which it was not run came to none.
    public var isUnstable: Bool {
        (rounds ?? [:]).keys.count { $0 != Verdict.notRun.rawValue } > 1
    }
}
