internal import FaultModel

/// One of the two peers a relay stands between.
enum RelayEnd: Sendable {
    /// kubelet, or whoever dialled the relay.
    case client
    /// The runtime that the relay dialled.
    case runtime

    var other: RelayEnd { self == .client ? .runtime : .client }

    /// What it sends.
    var sends: Direction { self == .client ? .request : .response }
}
