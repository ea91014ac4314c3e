import ArgumentParser
import FaultProxy

struct FaultsStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the proxy stands: rules and until when, plan, kill switch, ledger."
    )

    @OptionGroup var options: ControlOptions

    func run() async throws {
        try await options.ask("GET", "/status", as: ControlMessages.Status.self) { status in
            for (name, value) in Self.lines(status) {
                let label = name + String(repeating: " ", count: max(1, 12 - name.count))
                Console.line(label + Console.safe(value))
            }
        }
    }

    private static func lines(_ status: ControlMessages.Status) -> [(String, String)] {
        var lines = [
            ("proxy", "process \(status.pid) since \(status.since), version \(status.version)"),
            ("listens", status.listen), ("runtime", status.upstream), ("connections", "\(status.connections)"),
        ]
        if let until = status.until {
            lines.append(("rules", "\(status.liveRules) in force, the last until \(until)"))
        } else {
            lines.append(("rules", "none in force: calls pass as they are"))
        }
        if status.dryRun { lines.append(("dry run", "rules only say what they would do")) }
        if let killedBy = status.killedBy { lines.append(("killed", "by \(killedBy)")) }
        if let held = status.held { lines.append(("held", held)) }
        if status.draining { lines.append(("draining", "ends with its last call")) }
        lines.append(("seed", status.seed))
        if let replay = status.replay { lines.append(("replay", replay)) }
        if let plan = status.plan {
            lines.append(("plan", "\(plan.name), read \(plan.loads) times, refused \(plan.failures) times"))
            if let problem = plan.problem { lines.append(("", "last refused: \(problem)")) }
        }
        if let ledger = status.ledger {
            let lost = ledger.dropped + ledger.failed
            lines.append(("ledger", "\(ledger.path), \(ledger.written) lines, \(lost) lost"))
            if let error = ledger.lastError { lines.append(("", "last not written: \(error)")) }
        }
        return lines
    }
}
