import ArgumentParser
import Outcome

struct ProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Show that cases which pass could have failed.",
        usage: "crisol prove [<options>] [<suites> ...]",
        discussion: """
            Runs cases as `crisol run` does. Every expectation that holds is tried on
            wrong values of what it read: a field cleared, an item dropped, another
            code, a time out of bounds. Every case is done again without each field
            it is about: its `subject:`, else what its last step sets. What still
            passes is a finding against the suite; without a `subject:` such a field
            is named, for it may be there for something else. The verdict that is
            printed, and the reports, are about the runtime as ever; the exit code is
            about the suites.

            EXAMPLE
              crisol prove --managed containerd --case 'exec.*'

            EXIT CODES
              0  every case that passed could have failed
              1  some would have passed whatever the runtime did
              2  wrong usage, or a bad suite
              3  nothing passed, so nothing was shown, or not all cases had their turn
            """
    )

    @OptionGroup var options: RunCommand

    func run() async throws {
        var command = options
        command.proves = true
        if command.breakStreams != nil { throw ValidationError("--break-streams goes with run, not with prove") }
        if command.failOn != nil { throw ValidationError("--fail-on goes with run, not with prove") }
        try await command.run()
    }
}

/// What `crisol prove` says at its end.
enum ProofText {
    private static func cases(_ results: Results) -> (passed: [CaseResult], unproven: [CaseResult]) {
        let passed = results.cases.filter { $0.verdict == .pass && $0.proof != nil }
        return (passed, passed.filter { !($0.proof?.isProven ?? false) })
    }

    /// The same for the reports: what went unnoticed is about the suites, and the run's verdict about the runtime.
    static func findings(_ results: Results) -> [Finding] {
        let (passed, unproven) = cases(results)
        let idle = passed.filter { !($0.proof?.incidental.isEmpty ?? true) }
        let beside = idle.map { "\($0.id) (\($0.position)): \(($0.proof?.incidental ?? []).joined(separator: ", "))" }
        var findings: [Finding] = []
        if !idle.isEmpty {
            findings.append(
                Finding(
                    title: "Fields that cases set and pass without (write `subject:` where a case is about one)",
                    text: beside.joined(separator: "\n")
                )
            )
        }
        guard !unproven.isEmpty else { return findings }
        let lines = unproven.flatMap { result in
            let unnoticed = result.proof?.unnoticed ?? []
            return ["\(result.id) (\(result.position))"]
                + (unnoticed.isEmpty ? ["it expects nothing that could break"] : unnoticed).map { "    \($0)" }
        }
        return [
            Finding(title: "Cases that would have passed whatever the runtime did", text: lines.joined(separator: "\n"))
        ] + findings
    }

    /// Prints what went unnoticed; the exit code.
    static func show(_ results: Results) -> Int32 {
        let (passed, unproven) = cases(results)
        for result in passed {
            guard let proof = result.proof else { continue }
            let isUnproven = !proof.isProven
            if isUnproven || !proof.untried.isEmpty || !proof.incidental.isEmpty {
                Console.line("\(isUnproven ? "UNPROVEN" : "proven  ")  \(result.id)  (\(proof.tried) tried)")
            }
            for sentence in proof.unnoticed { Console.line(Console.safe("    \(sentence)")) }
            for field in proof.incidental {
                Console.line(Console.safe("    it passes without \(field); if it is about that, write `subject:`"))
            }
            for path in proof.untried { Console.line(Console.safe("    nobody knows a wrong value for \(path)")) }
            if proof.tried == 0 { Console.line("    it expects nothing that could break") }
        }
        let tried = passed.reduce(0) { $0 + ($1.proof?.tried ?? 0) }
        Console.line(
            "crisol: \(passed.count - unproven.count) of \(passed.count) passing cases are proven (\(tried) changes tried)"
        )
        if passed.isEmpty { return ExitCodes.couldNotJudge }
        guard unproven.isEmpty else { return ExitCodes.badVerdict }
        return [.error, .nothingRan].contains(results.verdict) ? ExitCodes.couldNotJudge : ExitCodes.good
    }
}
