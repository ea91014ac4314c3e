/// What a load came to.
public struct KubeletReport: Sendable {
    /// What JSON reports of this version call themselves.
    public static let schema = "crisol.kubelet-bench/1"

    /// `containerd 1.7.24`, as the runtime says.
    public let runtime: String
    /// How long it took.
    public let elapsed: Duration
    /// Ready pods on the runtime.
    public let podsPresent: Int
    /// Those of them whose status was asked for.
    public let podsUsed: Int
    /// How many were asked for; `nil` for all.
    public let podsPlanned: Int?
    /// By the method's name.
    public let methods: [String: CallTally]
    /// By what made the calls.
    public let cadences: [KubeletTrigger: Cadence]
    /// Container events that came; `nil` when nobody listened.
    public let events: Int?

    /// What kubelet would not have lived with, in sentences: calls that failed, and successes that came too rarely.
    public var problems: [String] {
        var problems: [String] = []
        for (name, tally) in methods.sorted(by: { $0.key < $1.key }) {
            for (code, count) in tally.errors.sorted(by: { $0.key < $1.key }) {
                problems.append("\(name) answered \(code) \(count == 1 ? "once" : "\(count) times")")
            }
        }
        for (trigger, cadence) in cadences.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let patience = trigger.patience, cadence.longestWithoutSuccess > patience else { continue }
            problems.append(
                "\(trigger.rawValue) did not succeed for \(cadence.longestWithoutSuccess.secondsText) s: after \(patience.secondsText) s kubelet calls the node not ready"
            )
        }
        if podsUsed < podsPlanned ?? 0 {
            problems.append("only \(podsUsed) pods are there, of \(podsPlanned ?? 0) asked for")
        }
        return problems
    }

    /// All calls.
    public var calls: Int { methods.values.reduce(0) { $0 + $1.count } }
}

extension Duration {
    /// In seconds, to the hundredth.
    public var secondsText: String {
        let (seconds, attoseconds) = components
        let hundredths = attoseconds / 10_000_000_000_000_000
        return "\(seconds).\(hundredths < 10 ? "0" : "")\(hundredths)"
    }

    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
