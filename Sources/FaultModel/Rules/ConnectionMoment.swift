/// When a rule about connections gets its chance with one.
public enum ConnectionMoment: Sendable, Hashable {
    /// It was accepted; which of kubelet's it is cannot be told yet.
    case accepted
    /// Its first call told which of kubelet's it is.
    case identified
    /// It was there when the rule was armed.
    case present

    /// Whether a rule that is about these connections has its chance with this one now, and not at another moment.
    func concerns(_ wanted: CallFacts.Connection?, _ connection: CallFacts.Connection?) -> Bool {
        switch self {
        case .accepted: wanted == nil
        case .identified: wanted != nil && wanted == connection
        case .present: wanted == nil || wanted == connection
        }
    }

    /// Whether this fault can happen now: only what is new can be refused, only what is there can be taken away.
    func allows(_ fault: Fault) -> Bool {
        switch (self, fault) {
        case (.accepted, .refuse), (_, .blackhole): true
        case (.present, .drop), (.present, .goAway), (.identified, .drop), (.identified, .goAway): true
        default: false
        }
    }
}
