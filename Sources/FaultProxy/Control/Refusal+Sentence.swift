public import FaultModel

extension Refusal {
    /// The reason as a sentence for people.
    public var sentence: String {
        switch self {
        case .differs(.scope): "the call names no pod, and the rule does not say 'scope: node'"
        case .differs(.request): "the rule asks for something in the request, which was not given or cannot be read"
        case .differs(.connection): "the call came over another of kubelet's connections than the rule is about"
        case .differs(let criterion): "the \(criterion.rawValue) is not what the rule asks for"
        case .connections: "the rule is about connections as such, whatever is called on them"
        case .protected(.namespace): "its pod is in a protected namespace that the rule does not name"
        case .protected(.staticPod): "its pod is a static pod that the rule does not name"
        case .protected(.unknownID): "its id is not known, so it may be about a protected pod"
        case .window: "the rule's window is closed now"
        case .number: "it is not the turn of the next such call"
        case .chance: "the next such call is not among those that the rule's probability picks"
        case .budget: "the rule's budget is used up"
        case .taken: "a rule before it has the call"
        case .ended: "the rule has ended"
        case .keys: "there are too many different calls to count them all"
        case .notRecorded: "the run that is replayed left the next such call alone"
        }
    }
}
