import CNamespaces
import Outcome
import Runner
import Synchronization

/// Shows a run while it goes on: one changing line on a terminal, a line per case elsewhere; red cases in full.
final class Progress: RunObserver {
    private struct State {
        var running: [String] = []
        var done = 0
        var total = 0
        var hasStatus = false
    }

    private let state = Mutex(State())
    private let isTerminal = Console.isTerminal

    func began(_ environment: Environment, caseCount: Int, rounds: Int) {
        let runtime = environment.runtime.isEmpty ? "a runtime that did not answer" : environment.runtime
        var about = [caseCount == 1 ? "1 case" : "\(caseCount) cases"]
        if rounds > 1 { about.append("\(rounds) rounds") }
        about += [environment.managed ? "managed" : environment.endpoint]
        if environment.slack > 1 { about.append("slack \(environment.slack)") }
        state.withLock { $0.total = caseCount * rounds }
        print("crisol \(environment.crisol) judges \(Console.safe(runtime)) (\(about.joined(separator: ", ")))")
    }

    func note(_ text: String) { print("note: \(Console.safe(text))") }

    func caseBegan(_ id: String) {
        state.withLock { $0.running.append(id) }
        showStatus()
    }

    func caseEnded(_ result: CaseResult, done: Int, of total: Int) {
        state.withLock { state in
            state.running.removeAll { $0 == result.id }
            state.done = done
        }
        switch result.verdict {
        case .pass: if !isTerminal { print(CaseText.line(result)) }
        case .fail, .ignored, .deviation, .error: print(CaseText.full(result))
        case .unsupported, .notApplicable, .notRun: print(CaseText.line(result))
        }
        showStatus()
        // Some cases need a hundred megabytes for a moment, and the allocator would keep them to the end of the run.
        crisol_give_memory_back()
    }

    /// Takes the changing line away.
    func finish() { state.withLock { clear(&$0) } }

    private func print(_ text: String) {
        state.withLock { state in
            clear(&state)
            Console.line(text)
        }
    }

    private func showStatus() {
        guard isTerminal else { return }
        state.withLock { state in
            clear(&state)
            let running = state.running.prefix(3).joined(separator: ", ")
            let line = "[\(state.done)/\(state.total)] \(running)"
            // A line that is wrapped cannot be taken away again.
            Console.status(String(line.prefix(max(10, Console.width - 1))))
            state.hasStatus = true
        }
    }

    private func clear(_ state: inout State) {
        guard state.hasStatus else { return }
        Console.status("\r\u{1b}[K")
        state.hasStatus = false
    }
}
