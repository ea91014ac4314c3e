/// How port-forward is spoken.
public struct PortForwardProtocol: Sendable, Hashable {
    enum Transport: Hashable, Sendable {
        case spdy
        case webSocket([UInt16])
    }

    let transport: Transport

    /// SPDY/3.1 with `portforward.k8s.io`, as kubectl and kubelet speak it: a pair of streams for each connection, opened
    /// when it is wanted, as many as are wanted.
    public static let spdy = Self(transport: .spdy)

    /// The old binary protocol over WebSocket, `v4.channel.k8s.io`: a pair of channels for each port, all there from the
    /// beginning; no half-close, and no end of one pair before the others.
    ///
    /// - Parameter ports: those of the PortForwardRequest, in its order; at most 128.
    public static func webSocket(ports: [UInt16]) -> Self { Self(transport: .webSocket(ports)) }
}
