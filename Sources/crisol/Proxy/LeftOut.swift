import FaultProxy
import Synchronization

/// What a proxy does without although it was asked for it: one that systemd handed its socket relays whatever else
/// fails, because kubelet has no other runtime.
final class LeftOut: Sendable {
    enum Extra: String, Sendable {
        case plan = "the plan"
        case ledger = "the ledger"
        case control = "the control socket"
        case metrics = "the metrics"
    }

    private let extras = Mutex<[Extra]>([])

    /// Notes that something is left out, and says why.
    func add(_ extra: Extra, _ reason: any Error) {
        let isNew = extras.withLock { extras in
            guard !extras.contains(extra) else { return false }
            extras.append(extra)
            return true
        }
        guard isNew else { return }
        for line in (reason as? PlanProblem)?.lines ?? ["crisol proxy: \(reason)"] { Console.error(Console.safe(line)) }
        Console.error("crisol proxy: \(extra.rawValue) is left out; calls are relayed all the same")
    }

    /// Notes that it is there after all.
    func remove(_ extra: Extra) { extras.withLock { $0.removeAll { $0 == extra } } }

    func contains(_ extra: Extra) -> Bool { extras.withLock { $0.contains(extra) } }

    /// What is left out, for a line about the proxy; `nil` when nothing is.
    var text: String? {
        let extras = extras.withLock { $0 }
        return extras.isEmpty ? nil : "left out: " + extras.map(\.rawValue).joined(separator: ", ")
    }
}
