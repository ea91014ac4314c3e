import FaultModel
import FaultProxy
import Foundation
import Synchronization

/// What a proxy says about itself.
final class ProxyState: Sendable {
    let facts: ProxyFacts
    /// The control socket, if there is one.
    let control: String?
    /// What it does without.
    let leftOut: LeftOut
    private let draining = Atomic<Bool>(false)

    init(_ facts: ProxyFacts, control: String?, leftOut: LeftOut) {
        self.facts = facts
        self.control = control
        self.leftOut = leftOut
    }

    /// Notes that the proxy is about to end. `false` when it was already.
    func beginDraining() -> Bool { !draining.exchange(true, ordering: .relaxed) }

    func service(_ relay: Relay, _ board: RuleBoard) -> ControlService {
        ControlService(
            program: CrisolVersion.current,
            board: board,
            status: {
                let isDraining = self.draining.load(ordering: .relaxed)
                return ControlMessages.Status(self.facts, relay, board, isDraining: isDraining)
            },
            metrics: { relay.metrics }
        )
    }

    /// Everything that matters, in one line.
    func sentence(_ board: RuleBoard, _ addresses: [String]) -> String {
        let live = board.control.reports.filter(\.isLive)
        var parts = ["listening on unix://\(facts.listen) for unix://\(facts.upstream)"]
        if let holder = board.holder {
            parts.append("no rule: \(holder)")
        } else if let longest = live.map(\.remaining).max() {
            let names = live.prefix(5).map(\.rule).joined(separator: ", ") + (live.count > 5 ? ", ..." : "")
            let what = live.count == 1 ? "1 rule armed" : "\(live.count) rules armed"
            let seconds = Double(longest.components.seconds)
            let end = Date(timeIntervalSinceNow: seconds).formatted(.iso8601)
            parts.append("\(what) (\(names)) until \(end), in \(RemainingTime.text(seconds))")
        } else {
            parts.append("no rule armed: it changes nothing")
        }
        if board.isDryRun { parts.append("dry run") }
        if board.control.seed != 0 { parts.append("seed \(board.control.seed)") }
        if let replay = facts.replay { parts.append("replaying \(replay)") }
        parts += addresses
        if let ledger = facts.ledger { parts.append("ledger \(ledger)") }
        if let text = leftOut.text { parts.append(text) }
        return parts.joined(separator: "; ")
    }
}
